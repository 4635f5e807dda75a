"""Idempotency-Key, and documents that are asked for twice at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from tests.web.api.requests import FOUNDING_INVOICE, INVOICE, QUOTE, TEXT
from tests.web.api.world import Business, Caller, change, count

CREATING = {
    "/v1/messages": TEXT,
    "/v1/invoices": INVOICE,
    "/v1/quotes": QUOTE,
    "/send-invoice": FOUNDING_INVOICE,
    "/send-message": {"phoneNumber": "19292476305", "message": "x"},
    "/api/v2/whatsapp/send-template": {
        "phoneNumbers": ["19292476305"],
        "templateName": "hello_world",
        "templateLanguage": "es",
    },
}
KEY = {"Idempotency-Key": "order-1:attempt"}
CALLERS = 8


def at_once(app: APIFlask, business: Business, ask: Callable[[Caller], TestResponse]) -> list[TestResponse]:
    """Let several threads ask at the same moment."""
    barrier = Barrier(CALLERS)

    def one(_: int) -> TestResponse:
        caller = Caller(app.test_client(), business.key)
        barrier.wait(timeout=10)
        return ask(caller)

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(one, range(CALLERS)))


@pytest.mark.parametrize("path", CREATING)
def test_the_same_key_and_body_get_the_first_answer_and_do_nothing(caller: Caller, engine: Engine, path: str) -> None:
    first = caller.post(path, CREATING[path], headers=KEY)
    change(engine, "UPDATE messages SET status = 'sent'")
    again = caller.post(path, CREATING[path], headers=KEY)
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert again.headers.get("Location") == first.headers.get("Location")
    assert ("Idempotent-Replay" in first.headers, again.headers["Idempotent-Replay"]) == (False, "true")
    assert count(engine, "messages") == count(engine, "outbox") == 1


@pytest.mark.parametrize("path", CREATING)
def test_the_same_key_with_another_body_is_refused(caller: Caller, engine: Engine, path: str) -> None:
    caller.post(path, CREATING[path], headers=KEY)
    other = _changed(CREATING[path])
    answer = caller.post(path, other, headers=KEY)
    assert answer.status_code == 422
    assert path.startswith("/v1") is (answer.json.get("code") == "idempotency_key_reused")
    assert count(engine, "messages") == 1


def _changed(body: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, dict[str, Any]] = {
        "text": {"text": {"body": "other"}},
        "number": {"number": "other"},
        "invoicePeriod": {"invoicePeriod": "other"},
        "message": {"message": "other"},
        "phoneNumbers": {"phoneNumbers": ["18095551234"]},
    }
    return {**body, **next(changes[name] for name in changes if name in body)}


def test_a_key_is_used_for_one_address_only(caller: Caller) -> None:
    caller.post("/v1/invoices", {**INVOICE, "due_date": None}, headers=KEY)
    answer = caller.post("/v1/quotes", {**QUOTE}, headers=KEY)
    assert answer.json["code"] == "idempotency_key_reused"


def test_white_space_and_order_make_no_other_body(caller: Caller) -> None:
    options = {"content_type": "application/json", "headers": KEY}
    first = caller.post("/v1/messages", data=b'{"to":"+18095551234","text":{"body":"x"}}', **options)
    again = caller.post("/v1/messages", data=b'{ "text": {"body": "x"},\n"to": "+18095551234" }', **options)
    assert again.json == first.json
    assert again.headers["Idempotent-Replay"] == "true"


def test_two_tenants_may_use_the_same_key(caller: Caller, other_caller: Caller, engine: Engine) -> None:
    first = caller.post("/v1/messages", TEXT, headers=KEY)
    second = other_caller.post("/v1/messages", TEXT, headers=KEY)
    assert first.json["id"] != second.json["id"]
    assert count(engine, "outbox") == 2


def test_a_refused_request_leaves_its_key_free(caller: Caller) -> None:
    assert caller.post("/v1/messages", {**TEXT, "to": "12"}, headers=KEY).status_code == 422
    assert caller.post("/v1/messages", TEXT, headers=KEY).status_code == 202


def test_what_was_accepted_once_is_replayed_even_when_it_would_be_refused_now(
    caller: Caller, engine: Engine, app: APIFlask, business: Business
) -> None:
    body = {"to": "+18095551234", "template": {"name": "hello_world", "language": "es"}}
    first = caller.post("/v1/messages", body, headers=KEY)
    change(engine, "UPDATE templates SET status = 'PAUSED'")
    forget_configurations(app)
    assert caller.post("/v1/messages", body, headers=KEY).json == first.json
    assert caller.post("/v1/messages", body).status_code == 422


def forget_configurations(app: APIFlask) -> None:
    """Do what five seconds of waiting do."""
    app.extensions["paperboy"].tenants._known._entries.clear()


def test_a_known_number_under_a_key_is_answered_the_same_way_twice(caller: Caller) -> None:
    caller.post("/v1/invoices", INVOICE)
    first = caller.post("/v1/invoices", {**INVOICE, "amount": "9"}, headers=KEY)
    again = caller.post("/v1/invoices", {**INVOICE, "amount": "9"}, headers=KEY)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json == first.json
    assert again.json["differs"] == ["amount"]


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ñ"])
def test_a_malformed_key_is_refused(caller: Caller, engine: Engine, key: str) -> None:
    answer = caller.post("/v1/messages", TEXT, headers={"Idempotency-Key": key.encode().decode("latin-1")})
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_malformed")
    assert count(engine, "messages") == 0


@pytest.mark.parametrize("path", CREATING)
def test_of_concurrent_requests_with_one_key_one_wins_and_the_others_replay(
    app: APIFlask, business: Business, engine: Engine, path: str
) -> None:
    answers = at_once(app, business, lambda caller: caller.post(path, CREATING[path], headers=KEY))
    assert len({answer.status_code for answer in answers}) == 1
    assert all(answer.json == answers[0].json for answer in answers)
    assert sum("Idempotent-Replay" in answer.headers for answer in answers) == CALLERS - 1
    assert count(engine, "messages") == count(engine, "outbox") == 1


def test_concurrent_duplicates_of_an_invoice_are_one_document_and_one_send(
    app: APIFlask, business: Business, engine: Engine
) -> None:
    answers = at_once(app, business, lambda caller: caller.post("/v1/invoices", INVOICE))
    assert sorted(answer.status_code for answer in answers) == [200] * (CALLERS - 1) + [202]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len({answer.json["messages"][0]["id"] for answer in answers}) == 1
    assert count(engine, "documents") == count(engine, "messages") == count(engine, "outbox") == 1


def test_concurrent_duplicates_of_a_founding_invoice_are_one_send_per_number_s4_5(
    app: APIFlask, business: Business, engine: Engine
) -> None:
    numbers = ["19292476305", "18095551234", "18095551235"]

    def ask(caller: Caller) -> TestResponse:
        return caller.post("/send-invoice", {**FOUNDING_INVOICE, "phoneNumbers": numbers})

    answers = at_once(app, business, ask)
    assert all(answer.json == answers[0].json for answer in answers)
    assert count(engine, "messages") == count(engine, "outbox") == 3


def test_crossing_founding_requests_never_wait_for_each_other_in_a_circle(
    app: APIFlask, business: Business, engine: Engine
) -> None:
    caller = Caller(app.test_client(), business.key)
    caller.post("/send-invoice", FOUNDING_INVOICE)
    numbers = [f"+1809555{number}" for number in range(1200, 1240)]
    orders = iter([numbers, numbers[::-1]] * (CALLERS // 2))

    def ask(caller: Caller) -> TestResponse:
        return caller.post("/send-invoice", {**FOUNDING_INVOICE, "phoneNumbers": next(orders)})

    answers = at_once(app, business, ask)
    assert {answer.status_code for answer in answers} == {200}
    assert count(engine, "messages") == 41
