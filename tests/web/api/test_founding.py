"""The founding systems' URLs, each with and without /api/v2/whatsapp (S4.3–S4.13, S4.17, S4.29, S4.43)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine

from tests.web.api.requests import FOUNDING_INVOICE, PHONE
from tests.web.api.world import Business, Caller, change, count, pointers, rows

PREFIXES = ["", "/api/v2/whatsapp"]
UNKNOWN_ID = "01a1fbd3-125a-7773-9696-91b050502188"


def refused(answer: Any) -> bool:
    return answer.json["success"] is False and bool(answer.json["error"]) and answer.content_type == "application/json"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_send_invoice_answers_as_s4_7_says(caller: Caller, engine: Engine, prefix: str) -> None:
    answer = caller.post(f"{prefix}/send-invoice", FOUNDING_INVOICE)
    assert answer.status_code == 200
    [message] = rows(engine, "SELECT id, contact_phone, step, status FROM messages")
    assert (message.contact_phone, message.step, message.status) == ("+19292476305", "initial", "queued")
    assert answer.json["results"] == [
        {
            "phoneNumber": "19292476305",
            "success": True,
            "method": "api",
            "messageId": str(message.id),
            "templateName": "invoice",
        }
    ]
    assert answer.json["summary"] == {"total": 1, "apiSuccess": 1, "urlFallback": 0}
    assert (answer.json["success"], answer.json["templateName"], answer.json["tenantName"]) == (
        True,
        "invoice",
        "Test User",
    )
    assert answer.json["messagePreview"].startswith("Hola Test User, su factura de January 2025 está lista. Monto:")
    assert isinstance(answer.json["message"], str)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_defaults_are_those_of_s4_6(caller: Caller, engine: Engine, prefix: str) -> None:
    few = {name: FOUNDING_INVOICE[name] for name in ("phoneNumbers", "tenantName", "invoicePeriod", "totalAmount")}
    assert caller.post(f"{prefix}/send-invoice", few).status_code == 200
    [document] = rows(engine, "SELECT currency, customer_name FROM documents")
    assert tuple(document) == ("DOP", "Test User")


def test_empty_fields_of_a_form_count_as_absent_s4_6(caller: Caller) -> None:
    empty = {
        "currency": "",
        "locale": None,
        "dueDate": "",
        "invoiceUrl": "",
        "organizationName": "",
        "templateName": "",
    }
    assert caller.post("/send-invoice", {**FOUNDING_INVOICE, **empty}).status_code == 200


def test_the_same_request_again_returns_the_first_messages_and_sends_nothing_s4_5(
    caller: Caller, engine: Engine
) -> None:
    first = caller.post("/send-invoice", FOUNDING_INVOICE).json
    assert caller.post("/api/v2/whatsapp/send-invoice", FOUNDING_INVOICE).json == first
    assert count(engine, "documents") == count(engine, "messages") == count(engine, "outbox") == 1


def test_a_number_added_later_gets_the_invoice_too(caller: Caller, engine: Engine) -> None:
    first = caller.post("/send-invoice", FOUNDING_INVOICE).json["results"][0]
    both = caller.post("/send-invoice", {**FOUNDING_INVOICE, "phoneNumbers": ["19292476305", PHONE]}).json
    assert both["results"][0] == first
    assert both["summary"]["apiSuccess"] == 2
    assert (count(engine, "documents"), count(engine, "outbox")) == (1, 2)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_reminder_is_another_step_of_the_same_invoice_s4_10(caller: Caller, engine: Engine, prefix: str) -> None:
    caller.post(f"{prefix}/send-invoice", FOUNDING_INVOICE)
    reminder = {**FOUNDING_INVOICE, "templateType": "paymentReminder", "daysOverdue": 5}
    answer = caller.post(f"{prefix}/send-invoice", reminder)
    assert (answer.status_code, answer.json["templateName"]) == (200, "rentcall_reminder")
    by_name = caller.post(
        f"{prefix}/send-invoice", {**FOUNDING_INVOICE, "templateName": "rentcall_reminder", "daysOverdue": 6}
    )
    assert by_name.json["results"] == answer.json["results"]
    assert [row.step for row in rows(engine, "SELECT step FROM messages ORDER BY id")] == ["initial", "reminder"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_reminder_needs_the_days_overdue_s4_11(caller: Caller, prefix: str) -> None:
    answer = caller.post(f"{prefix}/send-invoice", {**FOUNDING_INVOICE, "templateType": "rentcall_reminder"})
    assert (answer.status_code, pointers(answer)) == (422, ["/daysOverdue"])
    assert refused(answer)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_parameters_stand_in_the_order_of_s4_11(caller: Caller, engine: Engine, prefix: str) -> None:
    more = {"dueDate": "2025-01-31T00:00:00.000Z", "invoiceUrl": "https://pay.example.com/i/1?token=x"}
    caller.post(f"{prefix}/send-invoice", {**FOUNDING_INVOICE, **more})
    [row] = rows(engine, "SELECT content -> 'template' -> 'components' -> 0 -> 'parameters' AS body FROM messages")
    name, period, amount, due, link = (parameter["text"] for parameter in row.body)
    assert (name, period, due) == ("Test User", "January 2025", "31 de enero de 2025")
    assert "1.000,00" in amount
    assert link == "https://pay.example.com/i/1?token=x"


@pytest.mark.parametrize("due", ["31/01/2025", "2025-01-31", "2025-01-31T10:00:00+00:00"])
def test_dates_are_read_as_their_front_ends_write_them(caller: Caller, engine: Engine, due: str) -> None:
    assert caller.post("/send-invoice", {**FOUNDING_INVOICE, "dueDate": due}).status_code == 200
    [row] = rows(engine, "SELECT due_date FROM documents")
    assert row.due_date.isoformat() == "2025-01-31"


def test_a_day_first_date_is_refused_where_the_month_comes_first(caller: Caller, engine: Engine) -> None:
    answer = caller.post("/send-invoice", {**FOUNDING_INVOICE, "locale": "en-US", "dueDate": "11/12/2026"})
    assert (answer.status_code, pointers(answer)) == (422, ["/dueDate"])
    assert rows(engine, "SELECT FROM messages") == []


@pytest.mark.parametrize("prefix", PREFIXES)
def test_with_no_balance_due_nothing_is_sent_s4_8(caller: Caller, engine: Engine, prefix: str) -> None:
    nothing = {name: value for name, value in FOUNDING_INVOICE.items() if name != "totalAmount"}
    for amount in ({}, {"totalAmount": None}, {"totalAmount": "0.00"}, {"totalAmount": 0}, {"totalAmount": "-12.50"}):
        answer = caller.post(f"{prefix}/send-invoice", {**nothing, **amount})
        assert answer.status_code == 200
        assert (answer.json["success"], answer.json["results"]) == (True, [])
        assert answer.json["reason"] == "No balance due"
    assert count(engine, "documents") == 0


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_amount_that_is_none_is_refused_never_skipped_s4_8(caller: Caller, engine: Engine, prefix: str) -> None:
    for amount in ("undefined", "", "NaN", "1,000.00", 12.5, True, [], "-undefined", "9" * 15):
        answer = caller.post(f"{prefix}/send-invoice", {**FOUNDING_INVOICE, "totalAmount": amount})
        assert (answer.status_code, pointers(answer)) == (422, ["/totalAmount"]), amount
        assert refused(answer)
    assert count(engine, "documents") == 0


def test_a_bad_number_costs_only_itself(caller: Caller, engine: Engine) -> None:
    numbers = ["19292476305", "12", "+1 929-247-6305"]
    answer = caller.post("/send-invoice", {**FOUNDING_INVOICE, "phoneNumbers": numbers}).json
    good, bad, repeated = answer["results"]
    assert (bad["success"], bad["phoneNumber"]) == (False, "12")
    assert bad["apiError"]
    assert "messageId" not in bad
    assert (repeated["phoneNumber"], repeated["messageId"]) == ("+1 929-247-6305", good["messageId"])
    assert answer["summary"] == {"total": 3, "apiSuccess": 2, "urlFallback": 0}
    assert count(engine, "outbox") == 1


def test_when_no_number_can_be_read_the_request_is_refused_s4_6(caller: Caller) -> None:
    answer = caller.post("/send-invoice", {**FOUNDING_INVOICE, "phoneNumbers": ["12", "x"]})
    assert (answer.status_code, pointers(answer)) == (422, ["/phoneNumbers/0", "/phoneNumbers/1"])
    assert refused(answer)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_at_most_fifty_numbers_s4_6(caller: Caller, engine: Engine, prefix: str) -> None:
    fifty = [f"+1809555{number:04d}" for number in range(1200, 1250)]
    assert (
        caller.post(f"{prefix}/send-invoice", {**FOUNDING_INVOICE, "phoneNumbers": fifty}).json["summary"]["apiSuccess"]
        == 50
    )
    too_many = caller.post(f"{prefix}/send-invoice", {**FOUNDING_INVOICE, "phoneNumbers": [*fifty, PHONE]})
    assert (too_many.status_code, pointers(too_many)) == (422, ["/phoneNumbers"])
    assert pointers(caller.post(f"{prefix}/send-invoice", {**FOUNDING_INVOICE, "phoneNumbers": []})) == [
        "/phoneNumbers"
    ]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_cannot_be_queued_is_offered_for_sending_by_hand_and_not_counted_s4_9(
    caller: Caller, engine: Engine, business: Business, prefix: str
) -> None:
    change(engine, "UPDATE channels SET is_active = false")
    answer = caller.post(f"{prefix}/send-invoice", FOUNDING_INVOICE)
    assert answer.status_code == 200
    [result] = answer.json["results"]
    assert (result["success"], result["method"]) == (False, "url")
    link = urlsplit(result["whatsappURL"])
    assert (link.netloc, link.path) == ("wa.me", "/19292476305")
    assert parse_qs(link.query)["text"] == [answer.json["messagePreview"]]
    assert (answer.json["success"], answer.json["summary"]) == (False, {"total": 1, "apiSuccess": 0, "urlFallback": 1})
    assert count(engine, "messages") == 0


def test_wrong_fields_are_pointed_at_in_the_founding_shape(caller: Caller, engine: Engine) -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"tenantName": ""}, ["/tenantName"]),
        ({"tenantName": "undefined"}, ["/tenantName"]),
        ({"invoicePeriod": "a\nb"}, ["/invoicePeriod"]),
        ({"currency": "??"}, ["/currency"]),
        ({"dueDate": "soon"}, ["/dueDate"]),
        ({"invoiceUrl": "http://pay.example.com"}, ["/invoiceUrl"]),
        ({"templateName": "nothing"}, ["/templateName"]),
        ({"templateType": "nothing"}, ["/templateType"]),
        ({"locale": "??"}, ["/locale"]),
        ({"daysOverdue": "5"}, ["/daysOverdue"]),
    ]
    for change_of, at in cases:
        answer = caller.post("/send-invoice", {**FOUNDING_INVOICE, **change_of})
        assert (answer.status_code, pointers(answer)) == (422, at), change_of
        assert refused(answer)
    assert count(engine, "documents") == 0


@pytest.mark.parametrize("prefix", PREFIXES)
def test_unknown_names_such_as_realm_id_are_passed_over_s4_5(caller: Caller, prefix: str) -> None:
    assert caller.post(f"{prefix}/send-invoice", {**FOUNDING_INVOICE, "realmId": "x", "extra": {}}).status_code == 200


@pytest.mark.parametrize("prefix", PREFIXES)
def test_send_message_queues_a_text_s4_12(caller: Caller, engine: Engine, prefix: str) -> None:
    body = {"phoneNumber": "19292476305", "message": "Hola\nAna", "recipientName": "Ana"}
    answer = caller.post(f"{prefix}/send-message", body)
    [message] = rows(engine, "SELECT id, type, text, contact_phone, contact_name FROM messages")
    assert answer.json == {
        "success": True,
        "method": "api",
        "messageId": str(message.id),
        "phoneNumber": "19292476305",
        "recipientName": "Ana",
    }
    assert tuple(message)[1:] == ("text", "Hola\nAna", "+19292476305", "Ana")
    assert refused(caller.post(f"{prefix}/send-message", {**body, "phoneNumber": "12"}))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_send_template_counts_success_and_failure_s4_13(caller: Caller, engine: Engine, prefix: str) -> None:
    body = {
        "phoneNumbers": ["19292476305", "12"],
        "templateName": "hello_world",
        "templateLanguage": "es",
        "templateParameters": [],
    }
    answer = caller.post(f"{prefix}/send-template", body)
    assert answer.status_code == 200
    assert answer.json["summary"] == {"total": 2, "success": 1, "failed": 1}
    assert [one["success"] for one in answer.json["results"]] == [True, False]
    assert count(engine, "outbox") == 1


@pytest.mark.parametrize("prefix", PREFIXES)
def test_send_template_checks_the_parameters_s4_13(caller: Caller, engine: Engine, prefix: str) -> None:
    body = {"phoneNumbers": ["19292476305"], "templateName": "invoice", "templateParameters": ["a", "b\n"]}
    assert pointers(caller.post(f"{prefix}/send-template", body)) == ["/templateParameters/1"]
    assert pointers(caller.post(f"{prefix}/send-template", {**body, "templateParameters": ["a"]})) == [
        "/templateParameters"
    ]
    assert pointers(caller.post(f"{prefix}/send-template", {**body, "templateLanguage": "fr"})) == ["/templateLanguage"]
    assert pointers(caller.post(f"{prefix}/send-template", {**body, "templateName": "x"})) == ["/templateName"]
    assert count(engine, "messages") == 0


@pytest.mark.parametrize("prefix", PREFIXES)
def test_message_status_is_that_of_s4_3_by_our_id_or_wamid(caller: Caller, engine: Engine, prefix: str) -> None:
    message_id = caller.post("/send-invoice", FOUNDING_INVOICE).json["results"][0]["messageId"]
    change(
        engine,
        "UPDATE messages SET status = 'delivered', wamid = 'wamid.A/b=', delivered_at = '2026-11-20 14:00+00', "
        "updated_at = '2026-11-20 14:00:01+00'",
    )
    expected = {
        "success": True,
        "messageId": message_id,
        "status": "delivered",
        "timestamp": "2026-11-20T14:00:00.000000Z",
        "recipientId": "19292476305",
        "lastUpdated": "2026-11-20T14:00:01.000000Z",
    }
    assert caller.get(f"{prefix}/message-status/{message_id}").json == expected
    assert caller.get(f"{prefix}/message-status/wamid.A/b=").json == expected


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_unknown_status_is_404_with_the_body_of_s4_3(caller: Caller, prefix: str) -> None:
    for reference in (UNKNOWN_ID, "wamid.x", "x"):
        answer = caller.get(f"{prefix}/message-status/{reference}")
        assert answer.status_code == 404
        assert (answer.json["success"], answer.json["error"]) == (False, "Message status not found")
        assert answer.json["note"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_message_statuses_are_newest_first_as_s4_4(caller: Caller, prefix: str) -> None:
    first = caller.post("/send-invoice", FOUNDING_INVOICE).json["results"][0]["messageId"]
    second = caller.post("/send-message", {"phoneNumber": "19292476305", "message": "x"}).json["messageId"]
    answer = caller.get(f"{prefix}/message-statuses").json
    assert (answer["success"], answer["count"]) == (True, 2)
    assert [(one["messageId"], one["messageType"], one["templateName"]) for one in answer["statuses"]] == [
        (second, "text", None),
        (first, "template", "invoice"),
    ]
    assert set(answer["statuses"][0]) == {
        "messageId",
        "status",
        "timestamp",
        "recipientId",
        "lastUpdated",
        "messageType",
        "templateName",
    }


def test_every_error_on_a_founding_url_has_the_founding_shape(caller: Caller) -> None:
    wrong_key = {"Authorization": "Bearer wrong"}
    answers = {
        401: caller.client.get("/message-statuses", headers=wrong_key),
        404: caller.get("/api/v2/whatsapp/nothing"),
        405: caller.get("/send-invoice"),
        400: caller.post("/send-invoice", data=b"{", content_type="application/json"),
        415: caller.post("/send-message", data=b"x", content_type="text/plain"),
        413: caller.post("/api/v2/whatsapp/send-template", data=b"x" * 1_000_001, content_type="application/json"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert refused(answer), status
