"""What no text of a request may hold, wherever it stands."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.web.api.requests import FOUNDING_INVOICE, INVOICE, PHONE, QUOTE, TEMPLATE, TEXT
from tests.web.api.world import Caller, count, pointers

NAMED = {"to": PHONE, "template": {"name": "hello_world", "language": "es", "body": {"name": "Ana"}}}
FULL = {
    "to": PHONE,
    "client_reference": "ERP-1",
    "scheduled_at": "2026-11-30T09:00:00-04:00",
    "template": {
        "name": "invoice_pdf",
        "language": "es",
        "header": {"document": {"link": "https://files.example.com/1.pdf", "filename": "1.pdf"}},
        "body": ["Ana"],
        "buttons": [{"index": 0, "url_suffix": "8Xk2"}, {"index": 1, "payload": "yes"}],
    },
}
DOCUMENT = {**INVOICE, "document_url": "https://files.example.com/1.pdf", "template": "invoice", "language": "es"}
FOUNDING_TEMPLATE = {"phoneNumbers": [PHONE], "templateName": "hello_world", "templateParameters": {"name": "Ana"}}
FOUNDING_MESSAGE = {"phoneNumber": PHONE, "message": "Gracias.", "recipientName": "Ana"}
BODIES: list[tuple[str, dict[str, Any]]] = [
    ("/v1/messages", TEXT),
    ("/v1/messages", TEMPLATE),
    ("/v1/messages", NAMED),
    ("/v1/messages", FULL),
    ("/v1/invoices", DOCUMENT),
    ("/v1/quotes", QUOTE),
    ("/send-invoice", FOUNDING_INVOICE),
    ("/send-message", FOUNDING_MESSAGE),
    ("/send-template", FOUNDING_TEMPLATE),
]


def spoilt(body: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the body with a NUL in each of its texts and names, and where it stands."""
    if isinstance(body, str):
        yield pointer, f"{body}\0"
    members = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, member in members:
        for place, changed in spoilt(member, f"{pointer}/{name}"):
            copied = copy.copy(body)
            copied[name] = changed
            yield place, copied
    if isinstance(body, dict):
        for name in body:
            yield f"{pointer}/a\0{name}", {f"a\0{key}" if key == name else key: one for key, one in body.items()}


@pytest.mark.parametrize(("path", "body"), BODIES)
def test_a_nul_in_any_text_or_name_of_a_body_is_pointed_at_and_stores_nothing(
    caller: Caller, engine: Engine, path: str, body: dict[str, Any]
) -> None:
    for place, changed in spoilt(body):
        answer = caller.post(path, changed)
        assert (answer.status_code, pointers(answer)) == (422, [place]), place
    assert count(engine, "messages") == count(engine, "documents") == 0


def test_a_nul_in_a_query_is_pointed_at(caller: Caller) -> None:
    answer = caller.get("/v1/messages?cursor=a%00b")
    assert (answer.status_code, pointers(answer)) == (422, ["/cursor"])


def test_a_backslash_that_only_looks_like_a_nul_is_a_text(caller: Caller) -> None:
    assert caller.post("/v1/messages", {"to": PHONE, "text": {"body": "\\u0000"}}).status_code == 202


def test_a_body_nested_deeper_than_the_stack_is_refused_not_an_error_of_ours(caller: Caller) -> None:
    body = json.dumps({"to": PHONE, "x": "\0"})[:-1] + ', "deep": ' + "[" * 150 + "]" * 150 + "}"
    for given in (body, '{"x": "\\u0000", "deep": ' + "[" * 100_000 + "}"):
        answer = caller.post("/v1/messages", data=given, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 422}


@pytest.mark.parametrize("name", ["a\tb", "a b", "", "{{name}}"])
def test_a_parameters_name_that_no_template_has_is_pointed_at_also_when_no_template_is_known(
    caller: Caller, engine: Engine, name: str
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM templates")
    own = caller.post("/v1/messages", {**NAMED, "template": {**NAMED["template"], "body": {name: "Ana"}}})
    assert (own.status_code, pointers(own)) == (422, [f"/template/body/{name}"])
    theirs = caller.post("/send-template", {**FOUNDING_TEMPLATE, "templateParameters": {name: "Ana"}})
    assert (theirs.status_code, pointers(theirs)) == (422, [f"/templateParameters/{name}"])
