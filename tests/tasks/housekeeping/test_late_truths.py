"""Sends whose worker vanished, and receipts that came before their wamid was known."""

from datetime import timedelta

from sqlalchemy import Engine

from settings import get_settings
from tasks import housekeeping
from tests.rows import Place, change, make_all_due, message_row, put_in_inbox, status_item, webhook
from tests.tasks.housekeeping.state import a_claimed_message, a_message, change_rows, drain, rows
from worker.queues import INGEST


def test_a_send_whose_worker_vanished_becomes_unknown_once_its_lease_is_over(engine: Engine, place: Place) -> None:
    message_id = a_claimed_message(engine, place)
    housekeeping.mark_abandoned_sends()
    assert message_row(engine, message_id).status == "sending"
    make_all_due(engine)
    housekeeping.mark_abandoned_sends()
    assert message_row(engine, message_id).status == "unknown"
    (waiting,) = rows(engine, "SELECT state, due_at - now() AS delay FROM outbox")
    silence = timedelta(seconds=get_settings().limits.unknown_silence_seconds)
    assert waiting.state == "unknown"
    assert silence - timedelta(seconds=30) < waiting.delay <= silence
    assert rows(engine, "SELECT outcome, ended_at IS NOT NULL FROM attempts") == [("unknown", True)]


def test_an_abandoned_send_that_a_receipt_settled_meanwhile_is_only_tidied_up(engine: Engine, place: Place) -> None:
    message_id = a_claimed_message(engine, place)
    change_rows(engine, "UPDATE messages SET status = 'delivered'")
    make_all_due(engine)
    housekeeping.mark_abandoned_sends()
    assert message_row(engine, message_id).status == "delivered"
    assert rows(engine, "SELECT FROM outbox") == []


def test_receipts_that_came_before_their_wamid_was_known_take_effect_once_it_is(
    engine: Engine, place: Place, rings: list[str]
) -> None:
    items = [status_item(status, wamid="wamid.LATE") for status in ("sent", "read")]
    put_in_inbox(engine, webhook(change(statuses=[*items, status_item("read", wamid="wamid.STRANGER")])))
    drain(engine)
    housekeeping.match_receipts()
    assert rings == []
    message_id = a_message(engine, place, "accepted", attempt=1, wamid="wamid.LATE")
    housekeeping.match_receipts()
    assert rings == [INGEST]
    drain(engine)
    assert message_row(engine, message_id).status == "read"
    assert message_row(engine, message_id).sent_at is not None
    housekeeping.match_receipts()
    assert rings == [INGEST]
    kept = rows(engine, "SELECT wamid, message_id FROM receipts ORDER BY wamid")
    assert kept == [("wamid.LATE", message_id)] * 2 + [("wamid.STRANGER", None)]


def test_a_late_receipt_never_takes_a_message_back(engine: Engine, place: Place) -> None:
    put_in_inbox(engine, webhook(change(statuses=[status_item("sent", wamid="wamid.LATE")])))
    drain(engine)
    message_id = a_message(engine, place, "read", attempt=1, wamid="wamid.LATE")
    housekeeping.match_receipts()
    drain(engine)
    assert message_row(engine, message_id).status == "read"
