"""A paused channel is asked about, and sends again when Meta lets it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Engine

from embedded.kept_secrets import encryption_key
from tasks import housekeeping
from tasks.sending import THREADS, Sender
from tests.rows import PHONE_NUMBER_ID, Place, add_channel, message_row
from tests.simulator.meta import Meta
from tests.tasks.housekeeping.state import a_message, let_probes_be_due, pause, paused, rows, sealed
from worker.queues import SEND


def test_a_paused_channel_sends_again_once_meta_answers_its_probe(
    engine: Engine, place: Place, rings: list[str]
) -> None:
    pause(engine, place)
    let_probes_be_due(engine)
    housekeeping.probe_paused_channels()
    assert paused(engine) == {PHONE_NUMBER_ID: False}
    assert rows(engine, "SELECT paused_code, paused_reason, probe_at FROM channels") == [(None, None, None)]
    assert rings == [SEND]


def test_a_channel_that_meta_still_refuses_stays_paused_and_is_asked_again_later(
    engine: Engine, place: Place, meta: Meta, rings: list[str]
) -> None:
    meta.control("settings", token_expired=True)
    pause(engine, place)
    for _ in range(3):
        let_probes_be_due(engine)
        housekeeping.probe_paused_channels()
    assert paused(engine) == {PHONE_NUMBER_ID: True}
    ((wait,),) = rows(engine, "SELECT probe_at - now() FROM channels")
    assert timedelta(minutes=1) < wait < timedelta(minutes=10)
    assert rings == []
    assert meta.look("stats")["calls"] == 3


def test_a_probe_that_is_not_due_asks_nobody(engine: Engine, place: Place, meta: Meta) -> None:
    pause(engine, place)
    housekeeping.probe_paused_channels()
    assert paused(engine) == {PHONE_NUMBER_ID: True}
    assert meta.look("stats")["calls"] == 0


def test_a_channel_whose_token_does_not_decrypt_stays_paused_and_keeps_no_other_from_resuming(
    engine: Engine, place: Place
) -> None:
    with engine.begin() as connection:
        broken = add_channel(connection, "other", "1001", access_token=sealed(encryption_key()))
    for one in (broken, place):
        pause(engine, one)
    let_probes_be_due(engine)
    housekeeping.probe_paused_channels()
    assert paused(engine) == {"1001": True, PHONE_NUMBER_ID: False}


def test_a_channel_whose_token_does_not_decrypt_is_paused_by_its_first_send_and_keeps_no_other_from_sending(
    engine: Engine, place: Place, meta: Meta
) -> None:
    with engine.begin() as connection:
        broken = add_channel(connection, "other", "1001", access_token=sealed(encryption_key()))
    meta.customer_writes("+18095550001")
    ids = [a_message(engine, one) for one in (broken, place)]
    with ThreadPoolExecutor(THREADS) as executor:
        Sender(engine, executor).run()
    assert [message_row(engine, message_id).status for message_id in ids] == ["queued", "accepted"]
    assert paused(engine) == {"1001": True, PHONE_NUMBER_ID: False}
    ((reason,),) = rows(engine, "SELECT paused_reason FROM channels WHERE paused_at IS NOT NULL")
    assert "WHATSAPP_ENCRYPTION_KEY" in reason
