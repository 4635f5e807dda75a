"""POST and GET /v1/invoices and /v1/quotes."""

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Engine

from tests.web.api.requests import INVOICE, OTHER_PHONE, PHONE, QUOTE
from tests.web.api.world import Business, Caller, add_template, change, count, pointers, rows
from web.api.tenants import MOST_NAMED


def texts(engine: Engine) -> list[str]:
    [row] = rows(engine, "SELECT content -> 'template' -> 'components' AS components FROM messages")
    [body] = [part for part in row.components if part["type"] == "body"]
    return [parameter["text"] for parameter in body["parameters"]]


def test_an_invoice_is_stored_and_its_template_queued(caller: Caller, engine: Engine, business: Business) -> None:
    answer = caller.post("/v1/invoices", INVOICE)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/invoices/{answer.json['id']}"
    assert (answer.json["kind"], answer.json["number"]) == ("invoice", "INV-1001")
    [message] = answer.json["messages"]
    assert (message["to"], message["status"]) == (PHONE, "queued")
    [stored] = rows(
        engine,
        "SELECT m.*, d.amount, d.currency, d.tenant_id AS owner FROM messages m JOIN documents d ON d.id = m.document_id",
    )
    assert (str(stored.id), str(stored.document_id)) == (message["id"], answer.json["id"])
    assert (stored.step, stored.contact_name, stored.owner) == ("initial", "Ana Peña", business.tenant_id)
    assert (str(stored.amount), stored.currency) == ("1500.0000", "DOP")
    assert count(engine, "outbox") == 1


def test_the_parameters_are_written_for_the_templates_language(caller: Caller, engine: Engine) -> None:
    caller.post("/v1/invoices", INVOICE)
    name, period, amount, due, link = texts(engine)
    assert (name, period, due, link) == (
        "Ana Peña",
        "noviembre 2026",
        "30 de noviembre de 2026",
        "https://pay.example.com/i/8Xk2",
    )
    assert "1500,00" in amount.replace(".", "")
    assert "DOP" in amount


def test_a_quote_goes_out_with_its_number_and_validity(caller: Caller, engine: Engine) -> None:
    answer = caller.post("/v1/quotes", QUOTE)
    assert (answer.status_code, answer.json["kind"], answer.json["valid_until"]) == (202, "quote", "2026-12-15")
    assert texts(engine)[1] == "Q-204"
    assert texts(engine)[3] == "15 de diciembre de 2026"


def test_the_same_number_again_is_the_first_document_and_sends_nothing(caller: Caller, engine: Engine) -> None:
    first = caller.post("/v1/invoices", INVOICE)
    again = caller.post("/v1/invoices", {**INVOICE, "number": "  INV-1001 "})
    assert (again.status_code, again.json) == (200, first.json)
    assert count(engine, "documents") == count(engine, "messages") == count(engine, "outbox") == 1


def test_what_differs_from_the_first_is_named(caller: Caller, engine: Engine) -> None:
    caller.post("/v1/invoices", INVOICE)
    changed = {**INVOICE, "amount": "1600", "customer": {"name": "Ana P.", "phone": OTHER_PHONE}, "due_date": None}
    again = caller.post("/v1/invoices", changed)
    assert again.status_code == 200
    assert again.json["amount"] == "1500.00"
    assert again.json["differs"] == ["customer.name", "amount", "due_date", "customer.phone"]
    assert count(engine, "messages") == 1


SINCE_THEN = {
    "the template was paused": "UPDATE templates SET status = 'PAUSED'",
    "the channel was switched off": "UPDATE channels SET is_active = false",
}


@pytest.mark.parametrize("since", SINCE_THEN.values(), ids=SINCE_THEN)
def test_the_same_number_again_is_the_first_document_whatever_changed_since(
    caller: Caller, engine: Engine, monkeypatch: pytest.MonkeyPatch, since: str
) -> None:
    first = caller.post("/v1/invoices", INVOICE)
    change(engine, since)
    monkeypatch.setattr("web.api.ttl_cache.time.monotonic", lambda: 1e12)
    for headers in ({}, {"Idempotency-Key": "later"}, {"Idempotency-Key": "later"}):
        again = caller.post("/v1/invoices", INVOICE, headers=headers)
        assert (again.status_code, again.json) == (200, first.json)
    assert caller.post("/v1/invoices", {**INVOICE, "number": "other"}).status_code in {409, 422}
    assert count(engine, "documents") == count(engine, "messages") == 1


def test_a_number_that_went_out_is_the_first_document_also_when_nothing_is_due_or_the_template_is_unknown(
    caller: Caller, engine: Engine
) -> None:
    first = caller.post("/v1/invoices", INVOICE).json
    paid = caller.post("/v1/invoices", {**INVOICE, "amount": "0"})
    assert (paid.status_code, paid.json) == (200, {**first, "differs": ["amount"]})
    elsewhere = caller.post("/v1/invoices", {**INVOICE, "template": "nothing"})
    assert (elsewhere.status_code, elsewhere.json) == (200, first)
    assert count(engine, "messages") == 1


def test_an_invoice_and_a_quote_may_have_the_same_number(caller: Caller, engine: Engine) -> None:
    caller.post("/v1/invoices", INVOICE)
    assert caller.post("/v1/quotes", {**QUOTE, "number": INVOICE["number"]}).status_code == 202
    assert count(engine, "outbox") == 2


def test_with_nothing_to_pay_nothing_is_stored_or_sent_s4_8(caller: Caller, engine: Engine) -> None:
    for amount in ("0", "0.00", 0):
        answer = caller.post("/v1/invoices", {**INVOICE, "amount": amount})
        assert answer.status_code == 200
        assert (answer.json["messages"], answer.json["reason"]) == ([], "No balance due")
    assert count(engine, "documents") == count(engine, "messages") == 0


def test_a_document_is_found_by_id_and_by_number(caller: Caller) -> None:
    posted = caller.post("/v1/invoices", {**INVOICE, "number": "2026/11 – 7"}).json
    assert caller.get(f"/v1/invoices/{posted['id']}").json == posted
    assert caller.get("/v1/invoices/2026/11%20–%207").json == posted
    assert caller.get(f"/v1/quotes/{posted['id']}").status_code == 404
    unknown = caller.get("/v1/invoices/nothing")
    assert (unknown.status_code, unknown.json["code"]) == (404, "invoice_not_found")


NUMBERS = [
    "A?b=1",
    "A#1",
    "100%",
    "%2F",
    "a/b/c",
    "a+b",
    "a b",
    "..a",
    "a.",
    "\u00f1/\u2013",
    "a\\b",
    "a;b",
    "a&b",
    "~",
]
NO_ADDRESS = ["/A", "//A", "A//B", "A/", "/", ".", "..", "a/../b", "./a", "a/."]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_is_accepted_is_found_again(caller: Caller, number: str) -> None:
    posted = caller.post("/v1/invoices", {**INVOICE, "number": number})
    assert posted.status_code == 202
    assert caller.get(f"/v1/invoices/{quote(number, safe='/')}").json == posted.json
    assert caller.get(f"/v1/invoices/{quote(number, safe='')}").json == posted.json


@pytest.mark.parametrize("number", NO_ADDRESS)
def test_a_number_that_no_address_can_carry_is_refused(caller: Caller, number: str) -> None:
    for path, body in (("/v1/invoices", INVOICE), ("/v1/quotes", QUOTE)):
        answer = caller.post(path, {**body, "number": number})
        assert (answer.status_code, pointers(answer)) == (422, ["/number"])


def test_a_document_shows_how_its_messages_stand(caller: Caller, engine: Engine) -> None:
    caller.post("/v1/invoices", INVOICE)
    change(engine, "UPDATE messages SET status = 'read'")
    assert caller.get("/v1/invoices/INV-1001").json["messages"][0]["status"] == "read"


AMOUNTS: dict[Any, str | None] = {
    "1500.00": "1500.00",
    "1500": "1500.00",
    1500: "1500.00",
    "": None,
    "undefined": None,
    "null": None,
    "NaN": None,
    "Infinity": None,
    "-5": None,
    "1e3": None,
    "1,500.00": None,
    "1.234": None,
    12.5: None,
    True: None,
    "100000000000000": None,
    "1" * 400: None,
}


def test_amounts_are_exact_or_refused_s4_8(caller: Caller, engine: Engine) -> None:
    for number, (amount, shown) in enumerate(AMOUNTS.items()):
        answer = caller.post("/v1/invoices", {**INVOICE, "number": str(number), "amount": amount})
        if shown is None:
            assert (answer.status_code, pointers(answer)) == (422, ["/amount"]), amount
        else:
            assert answer.json["amount"] == shown
    assert count(engine, "documents") == 3


def test_a_currency_sign_of_the_founding_systems_is_understood(caller: Caller) -> None:
    assert caller.post("/v1/invoices", {**INVOICE, "currency": "RD$"}).json["currency"] == "DOP"
    kuwait = caller.post("/v1/invoices", {**INVOICE, "number": "2", "currency": "KWD", "amount": "1.234"})
    assert (kuwait.status_code, kuwait.json["amount"]) == (202, "1.234")


def test_every_field_is_pointed_at(caller: Caller, engine: Engine) -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"number": ""}, ["/number"]),
        ({"number": "a\nb"}, ["/number"]),
        ({"number": "x" * 101}, ["/number"]),
        ({"customer": {"name": "Ana"}}, ["/customer/phone"]),
        ({"customer": {"name": "Ana", "phone": "12"}}, ["/customer/phone"]),
        ({"customer": {"name": "a\tb", "phone": PHONE}}, ["/customer/name"]),
        ({"customer": {"name": "undefined", "phone": PHONE}}, ["/customer/name"]),
        ({"currency": "XYZ"}, ["/currency"]),
        ({"period": "a     b"}, ["/period"]),
        ({"due_date": "30/11/2026"}, ["/due_date"]),
        ({"due_date": 20261130}, ["/due_date"]),
        ({"link": "http://pay.example.com/1"}, ["/link"]),
        ({"link": "javascript:alert(1)"}, ["/link"]),
        ({"document_url": "file:///etc/passwd"}, ["/document_url"]),
        ({"template": "nothing"}, ["/template"]),
        ({"language": "fr"}, ["/language"]),
        ({"template": "hello_world"}, ["/template"]),
        ({"amout": "5"}, ["/amout"]),
        ({"number": "", "currency": "XYZ", "link": "x"}, ["/number", "/currency", "/link"]),
    ]
    for change_of, at in cases:
        answer = caller.post("/v1/invoices", {**INVOICE, **change_of})
        assert (answer.status_code, pointers(answer)) == (422, at), change_of
    assert count(engine, "documents") == count(engine, "messages") == 0


def test_a_pdf_travels_in_the_header_under_the_documents_number(caller: Caller, engine: Engine) -> None:
    url = "https://files.example.com/1.pdf"
    answer = caller.post("/v1/invoices", {**INVOICE, "template": "invoice_pdf", "document_url": url})
    assert answer.status_code == 202
    [row] = rows(engine, "SELECT content -> 'template' -> 'components' -> 0 AS header FROM messages")
    file = {"link": url, "filename": "INV-1001.pdf"}
    assert row.header == {"type": "header", "parameters": [{"type": "document", "document": file}]}


def test_a_template_with_a_document_header_needs_the_document(caller: Caller) -> None:
    answer = caller.post("/v1/invoices", {**INVOICE, "template": "invoice_pdf"})
    assert (answer.status_code, pointers(answer)) == (422, ["/document_url"])


def test_a_document_for_a_template_without_a_place_for_it_is_refused(caller: Caller, engine: Engine) -> None:
    answer = caller.post("/v1/invoices", {**INVOICE, "document_url": "https://files.example.com/1.pdf"})
    assert (answer.status_code, pointers(answer)) == (422, ["/document_url"])
    assert count(engine, "documents") == 0


def test_while_no_template_is_known_a_document_travels_as_it_was_asked_for(caller: Caller, engine: Engine) -> None:
    change(engine, "DELETE FROM templates")
    url = "https://files.example.com/1.pdf"
    assert caller.post("/v1/invoices", {**INVOICE, "document_url": url}).status_code == 202
    [row] = rows(engine, "SELECT content -> 'template' -> 'components' -> 0 AS header FROM messages")
    assert row.header["parameters"][0]["document"]["link"] == url


def test_a_button_opens_the_link_which_the_text_then_need_not_tell(caller: Caller, engine: Engine) -> None:
    answer = caller.post("/v1/invoices", {**INVOICE, "template": "invoice_button"})
    assert answer.status_code == 202
    assert len(texts(engine)) == 4
    [row] = rows(engine, "SELECT content -> 'template' -> 'components' -> 1 AS button FROM messages")
    assert row.button["parameters"] == [{"type": "text", "text": "8Xk2"}]


def test_a_link_elsewhere_than_the_button_points_is_refused(caller: Caller) -> None:
    elsewhere = {**INVOICE, "template": "invoice_button", "link": "https://pay.example.com.evil.test/i/8Xk2"}
    assert pointers(caller.post("/v1/invoices", elsewhere)) == ["/link"]


def test_a_tenants_own_template_and_order_are_used(caller: Caller, engine: Engine, business: Business) -> None:
    with engine.begin() as connection:
        own = [{"type": "BODY", "text": "{{1}} debe {{2}}."}]
        add_template(connection, business.tenant_id, business.channel_id, "factura", language="es_DO", components=own)
    change(
        engine,
        """
        INSERT INTO document_templates (id, tenant_id, kind, step, name, language, parameters)
        VALUES (gen_random_uuid(), :tenant, 'invoice', 'initial', 'factura', 'es_DO', ARRAY['number', 'amount'])
        """,
        tenant=business.tenant_id,
    )
    assert caller.post("/v1/invoices", INVOICE).status_code == 202
    assert texts(engine) == ["INV-1001", "RD$1,500.00"]


def test_an_unknown_template_names_some_that_are_known(caller: Caller) -> None:
    detail = caller.post("/v1/invoices", {**INVOICE, "template": "nothing"}).json["detail"]
    assert detail.count(",") < MOST_NAMED
    assert "invoice_pdf" in detail
