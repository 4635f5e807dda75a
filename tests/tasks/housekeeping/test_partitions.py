"""A partition for every day, made beside the webhooks."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from db.ids import new_id
from db.queries import partitions
from db.queries.partitions import DAYS, PARTITION_KEYS, create_partitions
from tasks import housekeeping
from tests.rows import Place, put_in_inbox
from tests.tasks.housekeeping.state import ENVELOPE, rows
from tests.waiting import wait_for


def partition_of(engine: Engine, table: str) -> dict[str, int]:
    found = rows(engine, f"SELECT tableoid::regclass::text, count(*) FROM {table} GROUP BY 1")
    return {row[0]: row[1] for row in found}


def add_receipt(connection: Connection, place: Place, at: datetime) -> None:
    connection.execute(
        text(
            "INSERT INTO receipts (channel_id, wamid, status, at, tenant_id, raw) "
            "VALUES (:channel, :wamid, 'sent', :at, :tenant, '{}')"
        ),
        {"channel": place.channel_id, "tenant": place.tenant_id, "wamid": f"wamid.{new_id()}", "at": at},
    )


def test_a_partition_stands_ready_for_every_day_around_today(engine: Engine, place: Place) -> None:
    housekeeping.create_partitions()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with engine.begin() as connection:
        for offset in DAYS:
            day = today + timedelta(days=offset)
            for moment in (day, day + timedelta(days=1, microseconds=-1)):
                add_receipt(connection, place, moment)
    assert partition_of(engine, "receipts") == {f"receipts_{today + timedelta(days=n):%Y%m%d}": 2 for n in DAYS}


def test_what_is_older_or_younger_than_the_partitions_falls_into_the_default_one(engine: Engine, place: Place) -> None:
    now = datetime.now(UTC)
    with engine.begin() as connection:
        for at in (datetime(1970, 1, 1, tzinfo=UTC), now - timedelta(days=30), now + timedelta(days=3000)):
            add_receipt(connection, place, at)
    assert partition_of(engine, "receipts") == {"receipts_other": 3}


def test_a_second_run_makes_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        assert create_partitions(connection) > 0
        assert create_partitions(connection) == 0


def test_rows_of_a_day_that_had_no_partition_move_into_it_and_do_not_prevent_it(engine: Engine, place: Place) -> None:
    soon, later = datetime.now(UTC) + timedelta(days=5), datetime.now(UTC) + timedelta(days=50)
    with engine.begin() as connection:
        add_receipt(connection, place, soon)
        add_receipt(connection, place, later)
    housekeeping.create_partitions()
    assert partition_of(engine, "receipts") == {f"receipts_{soon:%Y%m%d}": 1, "receipts_other": 1}


def test_every_partition_has_the_indexes_of_its_table_and_no_more(engine: Engine) -> None:
    housekeeping.create_partitions()
    for table in PARTITION_KEYS:
        counts = rows(
            engine,
            "SELECT (SELECT count(*) FROM pg_index WHERE indrelid = inhrelid) FROM pg_inherits "
            "WHERE inhparent = CAST(:table AS regclass)",
            table=table,
        )
        own = rows(engine, "SELECT count(*) FROM pg_index WHERE indrelid = CAST(:table AS regclass)", table=table)
        assert set(counts) == set(own)


def test_two_that_make_partitions_at_once_take_turns(engine: Engine) -> None:
    with ThreadPoolExecutor(3) as threads:
        for run in [threads.submit(housekeeping.create_partitions) for _ in range(3)]:
            run.result()
    assert len(rows(engine, "SELECT FROM pg_inherits WHERE inhparent = 'inbox'::regclass")) == len(DAYS) + 1


def test_somebody_who_reads_for_long_stops_the_partitions_and_never_the_webhooks(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "LOCK_SECONDS", 0.5)
    with engine.connect() as backup, ThreadPoolExecutor(1) as threads:
        backup.execute(text("SELECT count(*) FROM inbox"))
        making = threads.submit(housekeeping.create_partitions)
        wait_for(lambda: rows(engine, "SELECT FROM pg_locks WHERE NOT granted"), 10)
        started = time.monotonic()
        put_in_inbox(engine, ENVELOPE)
        assert time.monotonic() - started < 0.4
        assert not making.done()
        with pytest.raises(OperationalError, match="lock timeout"):
            making.result()
    housekeeping.create_partitions()
