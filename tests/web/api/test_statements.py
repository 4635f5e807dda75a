"""How many statements a request costs once key and configuration are cached."""

from collections.abc import Iterator
from contextlib import contextmanager

from apiflask import APIFlask
from sqlalchemy import event

from tests.web.api.requests import FOUNDING_INVOICE, INVOICE, QUOTE, TEMPLATE, TEXT
from tests.web.api.world import Caller
from web.api.services import EXTENSION

KEY = {"Idempotency-Key": "1"}


@contextmanager
def counted(app: APIFlask) -> Iterator[list[str]]:
    """Collect the statements that the API sends to Postgres."""
    engine = app.extensions[EXTENSION].database._engine
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


MANY = {**FOUNDING_INVOICE, "phoneNumbers": [f"+1809555{n}" for n in range(1200, 1250)]}


def test_a_send_is_accepted_with_one_statement_and_one_more_for_its_key(app: APIFlask, caller: Caller) -> None:
    caller.post("/v1/messages", TEXT)
    cases = [("/v1/messages", TEMPLATE), ("/v1/invoices", INVOICE), ("/v1/quotes", QUOTE), ("/send-invoice", MANY)]
    for number, (path, body) in enumerate(cases):
        with counted(app) as seen:
            assert caller.post(path, body).status_code in {200, 202}
        assert len(seen) == 1, seen
        other = {**body, "number": "other"} if path.startswith("/v1/") and "number" in body else body
        other = {**body, "invoicePeriod": "other"} if path == "/send-invoice" else other
        with counted(app) as seen:
            assert caller.post(path, other, headers={"Idempotency-Key": str(number)}).status_code in {200, 202}
        assert len(seen) == 2, seen


def test_a_repeated_number_costs_two_look_ups_more(app: APIFlask, caller: Caller) -> None:
    caller.post("/v1/invoices", INVOICE)
    with counted(app) as seen:
        assert caller.post("/v1/invoices", INVOICE, headers=KEY).status_code == 200
    assert len(seen) == 5, "claim, deliver, document, its messages, amend"


def test_a_list_costs_one_statement_whatever_its_length(app: APIFlask, caller: Caller) -> None:
    for _ in range(5):
        caller.post("/v1/messages", TEXT)
    with counted(app) as seen:
        assert len(caller.get("/v1/messages").json["data"]) == 5
    assert len(seen) == 1
