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


def test_a_send_to_whom_we_know_is_accepted_with_two_statements_and_one_more_for_its_key(
    app: APIFlask, caller: Caller
) -> None:
    caller.post("/v1/messages", TEXT)
    caller.post("/send-invoice", {**MANY, "invoicePeriod": "first"})
    cases = [("/v1/messages", TEMPLATE), ("/v1/invoices", INVOICE), ("/v1/quotes", QUOTE), ("/send-invoice", MANY)]
    for number, (path, body) in enumerate(cases):
        with counted(app) as seen:
            assert caller.post(path, body).status_code in {200, 202}
        assert len(seen) == 2, "who it goes to; store, queue and tell"
        other = {**body, "number": "other"} if path.startswith("/v1/") and "number" in body else body
        other = {**body, "invoicePeriod": "other"} if path == "/send-invoice" else other
        with counted(app) as seen:
            assert caller.post(path, other, headers={"Idempotency-Key": str(number)}).status_code in {200, 202}
        assert len(seen) == 3, seen


def test_a_repeated_number_costs_two_look_ups_more(app: APIFlask, caller: Caller) -> None:
    caller.post("/v1/invoices", INVOICE)
    with counted(app) as seen:
        assert caller.post("/v1/invoices", INVOICE, headers=KEY).status_code == 200
    assert len(seen) == 6, "who it goes to, claim, deliver, document, its messages, amend"


def test_a_list_costs_one_statement_whatever_its_length(app: APIFlask, caller: Caller) -> None:
    for _ in range(5):
        caller.post("/v1/messages", TEXT)
    with counted(app) as seen:
        assert len(caller.get("/v1/messages").json["data"]) == 5
    assert len(seen) == 1


def test_strangers_cost_the_same_statements_however_many_they_are(app: APIFlask, caller: Caller) -> None:
    caller.post("/v1/messages", TEXT)
    costs = []
    for period, phones in (("one", MANY["phoneNumbers"][:1]), ("many", MANY["phoneNumbers"][1:])):
        with counted(app) as seen:
            caller.post("/send-invoice", {**MANY, "invoicePeriod": period, "phoneNumbers": phones})
        costs.append(len(seen))
    assert costs == [4, 4], "find, add, open threads; store, queue and tell"
