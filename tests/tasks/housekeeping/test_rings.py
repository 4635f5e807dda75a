"""Whatever is due rings, however it was forgotten."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from tasks import housekeeping
from tests.rows import Place, add_channel, put_in_inbox
from tests.tasks.housekeeping.state import ENVELOPE, a_claimed_message, a_message, change_rows, pause
from worker.queues import INGEST, SEND


def test_nothing_due_rings_for_nobody(engine: Engine, place: Place, rings: list[str]) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    a_message(engine, place, "scheduled", scheduled_at=later)
    housekeeping.ring_due_work()
    assert rings == []


def test_webhooks_that_wait_ring_for_the_ingest_alone(engine: Engine, place: Place, rings: list[str]) -> None:
    put_in_inbox(engine, ENVELOPE)
    housekeeping.ring_due_work()
    assert rings == [INGEST]


def test_a_message_that_is_due_rings_for_the_senders_alone(engine: Engine, place: Place, rings: list[str]) -> None:
    a_message(engine, place)
    housekeeping.ring_due_work()
    assert rings == [SEND]


def test_both_ring_for_both(engine: Engine, place: Place, rings: list[str]) -> None:
    put_in_inbox(engine, ENVELOPE)
    a_message(engine, place)
    housekeeping.ring_due_work()
    assert rings == [INGEST, SEND]


def test_what_a_worker_has_claimed_rings_only_after_its_lease(engine: Engine, place: Place, rings: list[str]) -> None:
    put_in_inbox(engine, ENVELOPE)
    change_rows(engine, "UPDATE inbox_queue SET attempts = 1, due_at = now() + interval '30 s'")
    a_claimed_message(engine, place)
    housekeeping.ring_due_work()
    assert rings == []
    change_rows(engine, "UPDATE inbox_queue SET due_at = now()")
    housekeeping.ring_due_work()
    assert rings == [INGEST]


def test_a_paused_channel_rings_for_nobody_and_one_beside_it_does(
    engine: Engine, place: Place, rings: list[str]
) -> None:
    a_message(engine, place)
    pause(engine, place)
    housekeeping.ring_due_work()
    assert rings == []
    with engine.begin() as connection:
        other = add_channel(connection, "other", "2002")
    a_message(engine, other)
    housekeeping.ring_due_work()
    assert rings == [SEND]
