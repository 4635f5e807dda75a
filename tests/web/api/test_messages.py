"""POST and GET /v1/messages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from tests.web.api.requests import INVOICE_BODY, OTHER_PHONE, PHONE, TEMPLATE, TEXT
from tests.web.api.world import Business, Caller, add_template, change, count, pointers, rows


def test_a_template_is_accepted_stored_and_queued(caller: Caller, engine: Engine, business: Business) -> None:
    answer = caller.post("/v1/messages", {**TEMPLATE, "client_reference": "A-1"}, headers={"X-Request-Id": "abc-1"})
    assert answer.status_code == 202
    assert answer.json["status"] == "queued"
    assert answer.headers["Location"] == f"/v1/messages/{answer.json['id']}"
    [message] = rows(engine, "SELECT * FROM messages")
    assert UUID(answer.json["id"]) == message.id
    assert UUID(answer.json["id"]).version == 7
    assert (message.tenant_id, message.channel_id) == (business.tenant_id, business.channel_id)
    assert (message.direction, message.type, message.status) == ("outbound", "template", "queued")
    assert (message.contact_phone, message.client_reference, message.request_id) == (PHONE, "A-1", "abc-1")
    assert message.content == {"type": "template", "template": {"name": "hello_world", "language": {"code": "es"}}}
    [queued] = rows(engine, "SELECT message_id, state, due_at <= now() AS due FROM outbox")
    assert tuple(queued) == (message.id, "waiting", True)


def test_the_answer_is_what_get_tells(caller: Caller) -> None:
    posted = caller.post("/v1/messages", TEXT).json
    shown = caller.get(f"/v1/messages/{posted['id']}").json
    assert {**shown, "attempts": None, "timeline": None} == {**posted, "attempts": None, "timeline": None}
    assert shown["attempts"] == []
    assert shown["timeline"] == [{"status": "queued", "at": posted["created_at"], "source": "api"}]


def test_a_text_keeps_its_lines(caller: Caller, engine: Engine) -> None:
    caller.post("/v1/messages", {"to": PHONE, "text": {"body": "uno\ndos", "preview_url": True}})
    [message] = rows(engine, "SELECT text, content FROM messages")
    assert message.content == {"type": "text", "text": {"body": "uno\ndos", "preview_url": True}}
    assert message.text == "uno\ndos"


def test_a_bsuid_is_an_address_too(caller: Caller, engine: Engine) -> None:
    assert (
        caller.post("/v1/messages", {**TEMPLATE, "to": "US.13491208655302741918"}).json["to"]
        == "US.13491208655302741918"
    )
    [message] = rows(engine, "SELECT contact_phone, contact_bsuid FROM messages")
    assert tuple(message) == (None, "US.13491208655302741918")


def test_separators_in_a_number_are_cleaned_away(caller: Caller) -> None:
    assert caller.post("/v1/messages", {**TEXT, "to": "+1 (809) 555-1234"}).json["to"] == PHONE


def test_header_body_and_buttons_become_metas_components(caller: Caller, engine: Engine) -> None:
    template = {
        "name": "invoice_pdf",
        "language": "es",
        "header": {"document": {"link": "https://files.example.com/1.pdf", "filename": "1.pdf"}},
        "body": INVOICE_BODY,
    }
    assert caller.post("/v1/messages", {"to": PHONE, "template": template}).status_code == 202
    button = {
        "name": "invoice_button",
        "language": "es",
        "body": INVOICE_BODY[:4],
        "buttons": [{"index": 0, "url_suffix": "8Xk2"}],
    }
    assert caller.post("/v1/messages", {"to": PHONE, "template": button}).status_code == 202
    [pdf, with_button] = rows(
        engine, "SELECT content -> 'template' -> 'components' AS components FROM messages ORDER BY id"
    )
    file = {"link": "https://files.example.com/1.pdf", "filename": "1.pdf"}
    assert pdf.components[0] == {"type": "header", "parameters": [{"type": "document", "document": file}]}
    assert pdf.components[1]["parameters"] == [{"type": "text", "text": text} for text in INVOICE_BODY]
    assert with_button.components[1] == {
        "type": "button",
        "sub_type": "url",
        "index": "0",
        "parameters": [{"type": "text", "text": "8Xk2"}],
    }


def test_named_parameters_travel_with_their_names(caller: Caller, engine: Engine, business: Business) -> None:
    components = [
        {"type": "HEADER", "format": "TEXT", "text": "Para {{who}}"},
        {"type": "BODY", "text": "Hola {{name}}, faltan {{days}} días."},
    ]
    with engine.begin() as connection:
        add_template(
            connection,
            business.tenant_id,
            business.channel_id,
            "named",
            components=components,
            parameter_format="NAMED",
        )
    template = {"name": "named", "language": "es", "header": {"text": "Ana"}, "body": {"days": "3", "name": "Ana"}}
    assert caller.post("/v1/messages", {"to": PHONE, "template": template}).status_code == 202
    [message] = rows(engine, "SELECT content -> 'template' -> 'components' AS components FROM messages")
    assert message.components == [
        {"type": "header", "parameters": [{"type": "text", "parameter_name": "who", "text": "Ana"}]},
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "days", "text": "3"},
                {"type": "text", "parameter_name": "name", "text": "Ana"},
            ],
        },
    ]


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["/to"]),
    ({"to": PHONE}, [""]),
    ({**TEMPLATE, **TEXT}, [""]),
    ({**TEXT, "to": "809-555-1234"}, ["/to"]),
    ({**TEXT, "to": 18095551234}, ["/to"]),
    ({**TEXT, "to": "+1809"}, ["/to"]),
    ({**TEXT, "sender": "x"}, ["/sender"]),
    ({"to": PHONE, "text": {"body": ""}}, ["/text/body"]),
    ({"to": PHONE, "text": {"body": "x" * 4097}}, ["/text/body"]),
    ({"to": PHONE, "text": {"body": "a\u0000b"}}, ["/text/body"]),
    ({"to": PHONE, "text": {"body": "a", "preview_url": "yes"}}, ["/text/preview_url"]),
    ({**TEXT, "client_reference": "a\nb"}, ["/client_reference"]),
    ({**TEXT, "scheduled_at": "2027-01-01T10:00:00"}, ["/scheduled_at"]),
    ({**TEXT, "scheduled_at": 1900000000}, ["/scheduled_at"]),
    ({**TEXT, "scheduled_at": "2020-01-01T10:00:00Z"}, ["/scheduled_at"]),
    ({**TEXT, "scheduled_at": "2090-01-01T10:00:00Z"}, ["/scheduled_at"]),
    ({"to": PHONE, "template": {"name": "nothing", "language": "es"}}, ["/template/name"]),
    ({"to": PHONE, "template": {"name": "hello_world", "language": "en"}}, ["/template/language"]),
    ({"to": PHONE, "template": {"name": "Hello World", "language": "es"}}, ["/template/name"]),
    ({"to": PHONE, "template": {"name": "hello_world", "language": "es", "body": ["x"]}}, ["/template/body"]),
    ({"to": PHONE, "template": {"name": "invoice", "language": "es", "body": INVOICE_BODY[:3]}}, ["/template/body"]),
    (
        {"to": PHONE, "template": {"name": "invoice", "language": "es", "body": [*INVOICE_BODY[:4], "a\nb"]}},
        ["/template/body/4"],
    ),
    (
        {"to": PHONE, "template": {"name": "invoice", "language": "es", "body": ["a     b", *INVOICE_BODY[1:]]}},
        ["/template/body/0"],
    ),
    (
        {"to": PHONE, "template": {"name": "invoice", "language": "es", "body": ["undefined", *INVOICE_BODY[1:]]}},
        ["/template/body/0"],
    ),
    ({"to": PHONE, "template": {"name": "invoice", "language": "es", "body": ["x" * 1025]}}, ["/template/body/0"]),
    ({"to": PHONE, "template": {"name": "invoice", "language": "es", "body": {"a/b": "x"}}}, ["/template/body"]),
    ({"to": PHONE, "template": {"name": "invoice_pdf", "language": "es", "body": INVOICE_BODY}}, ["/template/header"]),
    (
        {"to": PHONE, "template": {"name": "invoice_button", "language": "es", "body": INVOICE_BODY[:4]}},
        ["/template/buttons"],
    ),
    (
        {"to": PHONE, "template": {"name": "hello_world", "language": "es", "header": {"text": "a", "image": None}}},
        ["/template/header"],
    ),
    ({"to": PHONE, "template": {"name": "hello_world", "language": "es", "header": {}}}, ["/template/header"]),
    (
        {
            "to": PHONE,
            "template": {"name": "invoice_pdf", "language": "es", "header": {"document": {"link": "ftp://x"}}},
        },
        ["/template/header/document/link"],
    ),
    (
        {"to": PHONE, "template": {"name": "hello_world", "language": "es", "buttons": [{"index": 0}]}},
        ["/template/buttons/0"],
    ),
]


def test_refused_input_is_pointed_at_and_nothing_is_stored(caller: Caller, engine: Engine) -> None:
    for body, at in REFUSED:
        answer = caller.post("/v1/messages", body)
        assert (answer.status_code, answer.content_type) == (422, "application/problem+json"), body
        assert pointers(answer) == at, body
        assert answer.json["code"] == "invalid_request"
    assert count(engine, "messages") == count(engine, "outbox") == 0


def test_a_refusal_names_what_there_is(caller: Caller) -> None:
    unknown = caller.post("/v1/messages", {"to": PHONE, "template": {"name": "factura", "language": "es"}})
    assert "hello_world" in unknown.json["detail"]
    wrong_language = caller.post("/v1/messages", {"to": PHONE, "template": {"name": "invoice", "language": "es_DO"}})
    assert "in es" in wrong_language.json["detail"]


def test_a_template_that_meta_paused_is_refused(caller: Caller, engine: Engine, business: Business) -> None:
    change(engine, "UPDATE templates SET status = 'PAUSED' WHERE name = 'hello_world'")
    answer = caller.post("/v1/messages", TEMPLATE)
    assert (answer.status_code, pointers(answer)) == (422, ["/template/name"])
    assert "PAUSED" in answer.json["detail"]


def test_before_the_first_synchronisation_templates_are_taken_unchecked(
    caller: Caller, engine: Engine, business: Business
) -> None:
    change(engine, "DELETE FROM templates")
    template = {"name": "anything", "language": "pt_BR", "body": ["a", "b"]}
    assert caller.post("/v1/messages", {"to": PHONE, "template": template}).status_code == 202


def test_without_a_channel_nothing_is_accepted(caller: Caller, engine: Engine, business: Business) -> None:
    change(engine, "UPDATE channels SET is_active = false")
    answer = caller.post("/v1/messages", TEXT)
    assert (answer.status_code, answer.json["code"]) == (409, "channel_inactive")


def test_a_scheduled_message_waits_for_its_time(caller: Caller, engine: Engine) -> None:
    at = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    answer = caller.post("/v1/messages", {**TEMPLATE, "scheduled_at": at.astimezone().isoformat()})
    assert (answer.status_code, answer.json["status"]) == (202, "scheduled")
    assert answer.json["scheduled_at"] == at.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    [row] = rows(engine, "SELECT due_at FROM outbox")
    assert row.due_at == at
    assert [step["status"] for step in caller.get(f"/v1/messages/{answer.json['id']}").json["timeline"]] == [
        "scheduled"
    ]


def test_a_list_is_newest_first_and_paged_by_cursor(caller: Caller) -> None:
    made = [caller.post("/v1/messages", TEXT).json["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = caller.get(f"/v1/messages?limit=2{cursor}").json
        seen += [message["id"] for message in page["data"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == made[::-1]


def test_every_filter_filters(caller: Caller, engine: Engine) -> None:
    first = caller.post("/v1/messages", {**TEXT, "client_reference": "A"}).json
    second = caller.post("/v1/messages", {**TEXT, "to": OTHER_PHONE, "client_reference": "B"}).json
    third = caller.post("/v1/messages", {**TEMPLATE, "to": "US.abc1"}).json
    change(engine, "UPDATE messages SET status = 'failed', failed_at = now() WHERE id = :id", id=second["id"])
    change(engine, "UPDATE messages SET direction = 'inbound', status = 'delivered' WHERE id = :id", id=third["id"])

    def ids(query: str) -> list[str]:
        return [message["id"] for message in caller.get(f"/v1/messages?{query}").json["data"]]

    assert ids("status=queued") == [first["id"]]
    assert ids("status=failed") == [second["id"]]
    assert ids("status=delivered") == [third["id"]]
    assert ids("status=read") == []
    assert ids("direction=inbound") == [third["id"]]
    assert ids("direction=outbound") == [second["id"], first["id"]]
    assert ids("client_reference=B") == [second["id"]]
    assert ids(f"to=%2B{OTHER_PHONE[1:]}") == [second["id"]]
    assert ids("to=US.abc1&direction=inbound") == [third["id"]]
    assert ids("to=US.abc1") == []
    assert (
        ids(f"since={second['created_at']}") == [third["id"], second["id"]]
        or len(ids("since=2020-01-01T00:00:00Z")) == 3
    )
    assert ids("since=2090-01-01T00:00:00Z") == []


WRONG_QUERIES = {
    "limit=0": "/limit",
    "limit=201": "/limit",
    "limit=x": "/limit",
    "cursor=x": "/cursor",
    "status=gone": "/status",
    "direction=up": "/direction",
    "since=yesterday": "/since",
    "since=0": "/since",
    "since=2026-01-01T00:00:00": "/since",
    "to=12": "/to",
    "stauts=failed": "/stauts",
}


def test_a_wrong_query_is_refused(caller: Caller) -> None:
    for query, at in WRONG_QUERIES.items():
        answer = caller.get(f"/v1/messages?{query}")
        assert (answer.status_code, pointers(answer)) == (422, [at]), query


def test_a_message_is_found_by_wamid(caller: Caller, engine: Engine) -> None:
    posted = caller.post("/v1/messages", TEXT).json
    wamid = "wamid.HBgLMTgwOTU1NT/a+b=="
    change(engine, "UPDATE messages SET wamid = :wamid", wamid=wamid)
    assert caller.get(f"/v1/messages/{wamid.replace('+', '%2B')}").json["id"] == posted["id"]


def test_an_unknown_message_is_404(caller: Caller) -> None:
    for reference in ("nothing", "wamid.x", "01a1fbd3-125a-7773-9696-91b050502188", "%00", "a/b/c"):
        answer = caller.get(f"/v1/messages/{reference}")
        assert (answer.status_code, answer.json["code"]) == (404, "message_not_found"), reference


def test_the_timeline_tells_each_status_once_in_order_with_its_source(caller: Caller, engine: Engine) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(
        engine,
        """
        UPDATE messages SET status = 'read', wamid = 'wamid.1', attempt = 2,
            created_at = '2026-11-20 14:00:00+00', accepted_at = '2026-11-20 14:00:05.4+00',
            sent_at = '2026-11-20 14:00:05+00', delivered_at = '2026-11-20 14:00:05+00', read_at = '2026-11-20 14:01+00'
        """,
    )
    change(
        engine,
        """
        INSERT INTO attempts (message_id, number, tenant_id, started_at, ended_at, outcome, error_title)
        SELECT id, 1, tenant_id, created_at + interval '1s', created_at + interval '2s', 'unknown', 'No answer' FROM messages
        UNION ALL
        SELECT id, 2, tenant_id, created_at + interval '4s', created_at + interval '5s', 'accepted', NULL FROM messages
        """,
    )
    shown = caller.get(f"/v1/messages/{message_id}").json
    assert [(step["status"], step["source"]) for step in shown["timeline"]] == [
        ("queued", "api"),
        ("unknown", "worker"),
        ("accepted", "worker"),
        ("sent", "meta"),
        ("delivered", "meta"),
        ("read", "meta"),
    ]
    assert shown["timeline"][-1]["at"] == "2026-11-20T14:01:00.000000Z"
    assert [(attempt["number"], attempt["outcome"]) for attempt in shown["attempts"]] == [
        (1, "unknown"),
        (2, "accepted"),
    ]
    assert shown["attempts"][0]["error"]["title"] == "No answer"


def test_a_failure_comes_with_advice(caller: Caller, engine: Engine) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(
        engine,
        """
        UPDATE messages SET status = 'failed', failed_at = now(), error_code = 131026, error_title = 'Undeliverable',
            error_detail = 'unable to deliver'
        """,
    )
    error = caller.get(f"/v1/messages/{message_id}").json["error"]
    assert (error["code"], error["title"], error["detail"]) == (131026, "Undeliverable", "unable to deliver")
    assert error["advice"]


def test_who_is_told_that_a_message_failed_for_good_is_not_told_to_wait(caller: Caller, engine: Engine) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(engine, "UPDATE messages SET status = 'queued', error_code = 131016, error_title = 'Service unavailable'")
    assert "by itself" in caller.get(f"/v1/messages/{message_id}").json["error"]["advice"]
    change(engine, "UPDATE messages SET status = 'failed', failed_at = now()")
    assert "sent again" in caller.get(f"/v1/messages/{message_id}").json["error"]["advice"]


def test_a_waiting_message_is_cancelled_once(caller: Caller, engine: Engine) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    cancelled = caller.post(f"/v1/messages/{message_id}/cancel")
    assert (cancelled.status_code, cancelled.json["status"]) == (200, "cancelled")
    assert [step["status"] for step in cancelled.json["timeline"]] == ["queued", "cancelled"]
    assert count(engine, "outbox") == 0
    again = caller.post(f"/v1/messages/{message_id}/cancel")
    assert (again.status_code, again.json["code"]) == (409, "not_waiting")


def test_what_a_worker_sends_is_not_cancelled(caller: Caller, engine: Engine) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(engine, "UPDATE outbox SET state = 'claimed'")
    change(engine, "UPDATE messages SET status = 'sending'")
    assert caller.post(f"/v1/messages/{message_id}/cancel").status_code == 409
    assert caller.get(f"/v1/messages/{message_id}").json["status"] == "sending"


@pytest.mark.parametrize("status", ["failed", "unknown"])
def test_a_failed_or_unknown_message_is_sent_again(caller: Caller, engine: Engine, status: str) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(engine, "DELETE FROM outbox")
    change(engine, "UPDATE messages SET status = :status, attempt = 1", status=status)
    change(
        engine,
        "INSERT INTO attempts (message_id, number, tenant_id, outcome) SELECT id, 1, tenant_id, 'failed' FROM messages",
    )
    answer = caller.post(f"/v1/messages/{message_id}/resend")
    assert (answer.status_code, answer.json["status"], len(answer.json["attempts"])) == (202, "queued", 1)
    assert count(engine, "outbox") == 1
    again = caller.post(f"/v1/messages/{message_id}/resend")
    assert (again.status_code, again.json["code"]) == (409, "not_failed")


def test_a_message_whose_content_is_gone_is_not_sent_again_and_the_answer_says_why(
    caller: Caller, engine: Engine
) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(engine, "DELETE FROM outbox")
    gone = "text = NULL, content = '{}', cleared_at = now()"
    change(engine, f"UPDATE messages SET status = 'failed', failed_at = now(), {gone}")
    answer = caller.post(f"/v1/messages/{message_id}/resend")
    assert (answer.status_code, answer.json["code"]) == (409, "content_deleted")
    assert caller.get(f"/v1/messages/{message_id}").json["status"] == "failed"


@pytest.mark.parametrize("action", ["cancel", "resend"])
def test_an_action_on_nothing_is_404(caller: Caller, action: str) -> None:
    assert caller.post(f"/v1/messages/01a1fbd3-125a-7773-9696-91b050502188/{action}").status_code == 404
