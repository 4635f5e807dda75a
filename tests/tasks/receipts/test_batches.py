"""Batches of thousands: no deadlock, and one bad item costs only itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from db.ids import new_id
from db.queries.arrivals import ArrivedMessage, add_messages
from db.queries.receipts import KeptReceipt, keep_receipts
from tasks.ingest import drain_once
from tests.rows import NOW, Place, add_channel, change, put_in_inbox, status_item, webhook

Store = Callable[[Connection, Any], int]


def kept_receipts(place: Place) -> list[KeptReceipt]:
    batch = new_id().hex
    return [
        KeptReceipt(place.tenant_id, place.channel_id, f"wamid.{batch}.{n}", "sent", "", NOW, None, None, {})
        for n in range(1000)
    ]


def arrived_messages(place: Place) -> list[ArrivedMessage]:
    batch = new_id().hex
    return [
        ArrivedMessage(
            id=new_id(),
            tenant_id=place.tenant_id,
            channel_id=place.channel_id,
            conversation_id=None,
            direction="inbound",
            source=None,
            status="delivered",
            wamid=f"wamid.{batch}.{n}",
            type="text",
            contact_phone="+18095550001",
            contact_bsuid=None,
            contact_name=None,
            group_id=None,
            text=None,
            content={},
            context_wamid=None,
            created_at=NOW,
            sent_at=None,
            delivered_at=NOW,
        )
        for n in range(1000)
    ]


@pytest.mark.parametrize(
    ("store", "rows_of"),
    [(keep_receipts, kept_receipts), (lambda *more: len(add_messages(*more)), arrived_messages)],
    ids=["receipts", "messages"],
)
def test_two_workers_that_got_the_same_items_in_opposite_orders_store_each_once_and_never_deadlock(
    module_engine: Engine, number: Place, store: Store, rows_of: Callable[[Place], list[Any]]
) -> None:
    def work(rows: list[Any]) -> int:
        with module_engine.begin() as connection:
            return store(connection, rows)

    for _ in range(2):
        rows = rows_of(number)
        with ThreadPoolExecutor(2) as workers:
            stored = list(workers.map(work, (rows, rows[::-1])))
        assert sum(stored) == len(rows)


def test_one_bad_receipt_among_thousands_is_found_in_a_few_steps_and_costs_only_itself(engine: Engine) -> None:
    unindexable = "wamid." + "".join(chr(0x4E00 + n) for n in range(9000))  # an index row holds at most 2,704 bytes
    wamids = [*(f"wamid.{n}" for n in range(2000)), unindexable, *(f"wamid.{n}" for n in range(2000, 3000))]
    with engine.begin() as connection:
        add_channel(connection)
    put_in_inbox(engine, webhook(change(statuses=[status_item("sent", wamid=wamid) for wamid in wamids])))
    statements: list[str] = []
    event.listen(engine, "savepoint", lambda _connection, name: statements.append(name))
    assert drain_once(engine)
    assert len(statements) < 30
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM receipts")).scalar_one() == 3000
        assert connection.execute(text("SELECT count(*) FROM inbox_queue")).scalar_one() == 1
