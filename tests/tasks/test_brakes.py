"""Each verdict brakes in its own scope and nowhere else, with the simulator as Meta."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from db.queries import brakes, claims, contacts
from messaging.limits import DEFAULTS
from tasks.ingest import drain_once
from tests.rows import (
    CUSTOMER,
    Place,
    add_channel,
    add_message,
    change,
    make_all_due,
    message_row,
    put_in_inbox,
    status_item,
    webhook,
)
from tests.simulator.meta import Meta
from tests.tasks.sends import attempts, one, queue


def test_a_number_over_its_throughput_pauses_shortly_and_goes_on_slower(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    queue(engine, place, 4)
    meta.control("faults", next=4, fault="error", code=130429)
    send()
    pace = one(engine, "SELECT slowed_to, blocked_until > now() AS blocked FROM pacing")
    assert (pace.slowed_to, pace.blocked) == (40, True), "calls that were in the air do not halve it again"
    with engine.begin() as connection:
        assert claims.due_channels(connection) == []
        connection.execute(text("UPDATE pacing SET blocked_until = now()"))
        brakes.speed_up(connection)
    assert one(engine, "SELECT slowed_to FROM pacing").slowed_to == 50
    with engine.begin() as connection:
        for _ in range(3):
            brakes.speed_up(connection)
    assert one(engine, "SELECT slowed_to FROM pacing").slowed_to is None


def test_a_limit_of_the_account_blocks_all_its_numbers_and_no_other_account(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        sister = add_channel(connection, "default", "2002")
        stranger = add_channel(connection, "other", "3003")
        connection.execute(
            text("UPDATE channels SET waba_id = (SELECT waba_id FROM channels WHERE id = :id) WHERE id = :sister"),
            {"id": place.channel_id, "sister": sister.channel_id},
        )
        for channel in (place, sister, stranger):
            add_message(connection, channel)
        brakes.block_waba(connection, place.channel_id, timedelta(minutes=2))
        assert [due.id for due in claims.due_channels(connection)] == [stranger.channel_id]


def test_a_pair_limit_stops_one_recipient_only(engine: Engine, place: Place, meta: Meta, send: Any) -> None:
    stopped, free = queue(engine, place, contact_phone=CUSTOMER), queue(engine, place, 3)
    meta.control("faults", next=1, fault="error", code=131056, to=CUSTOMER)
    send()
    later = queue(engine, place, contact_phone=CUSTOMER)
    send()
    assert {message_row(engine, message_id).status for message_id in free} == {"accepted"}
    assert {message_row(engine, message_id).status for message_id in stopped + later} == {"queued"}
    assert message_row(engine, later[0]).attempt == 0, "it was not even tried"
    assert message_row(engine, stopped[0]).attempts_spent == 0


def test_a_burst_to_one_recipient_is_spread_at_metas_pair_rate(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE channels SET throughput_per_second = 1000"))
        connection.execute(text("UPDATE pacing SET tokens = 1000"))
        for _ in range(DEFAULTS.pair_burst + 5):
            add_message(connection, place)
    with engine.begin() as connection:
        assert len(claims.claim(connection, place.channel_id, 1000)) == DEFAULTS.pair_burst
    gaps = one(
        engine,
        "SELECT extract(epoch FROM max(due_at) - min(due_at)) AS span, count(*) AS number FROM outbox WHERE state = 'waiting'",
    )
    assert (gaps.number, round(gaps.span)) == (5, 4 * DEFAULTS.pair_interval_seconds)


def test_a_recipient_verdict_marks_the_contact_until_something_reaches_it(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    queue(engine, place, contact_phone=CUSTOMER)
    meta.control("faults", next=1, fault="error", code=131026)
    send()
    contact = one(engine, "SELECT * FROM contacts")
    assert (contact.phone, contact.unreachable_code) == (CUSTOMER, 131026)
    with engine.begin() as connection:
        assert contacts.unmark_reached(connection) == 0
        add_message(connection, place, "delivered", delivered_at=contact.unreachable_at + timedelta(seconds=1))
        assert contacts.unmark_reached(connection) == 1
    assert one(engine, "SELECT unreachable_at FROM contacts").unreachable_at is None


@pytest.mark.parametrize(
    ("code", "table"),
    [(131042, "channels WHERE paused_code = 131042"), (131026, "contacts WHERE unreachable_code = 131026")],
)
def test_a_failure_that_comes_in_a_receipt_brakes_like_one_that_is_answered(
    engine: Engine, place: Place, code: int, table: str
) -> None:
    with engine.begin() as connection:
        for n in range(3):
            add_message(connection, place, "accepted", attempt=1, wamid=f"wamid.{n}")
    failures = [status_item("failed", wamid=f"wamid.{n}", errors=[{"code": code, "title": "t"}]) for n in range(3)]
    put_in_inbox(engine, webhook(change(statuses=failures)))
    assert drain_once(engine)
    assert one(engine, f"SELECT count(*) AS n FROM {table}").n == 1


def test_after_a_pause_the_first_messages_go_one_at_a_time_and_in_their_order(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    ids = queue(engine, place, 30)
    meta.control("settings", token_expired=True)
    send()
    with engine.begin() as connection:
        assert brakes.resume_channel(connection, place.channel_id)
    send()
    assert meta.look("sends") == []
    assert one(engine, "SELECT count(*) AS n FROM attempts").n <= 30 + 1, "a channel on trial tries one"
    meta.control("settings", token_expired=False)
    with engine.begin() as connection:
        assert brakes.resume_channel(connection, place.channel_id)
        (first,) = claims.claim(connection, place.channel_id, 16)
        assert first.id == ids[0]
        assert claims.claim(connection, place.channel_id, 16) == []
        brakes.pass_trial(connection, place.channel_id)
        connection.execute(text("UPDATE pacing SET tokens = 16"))
        assert len(claims.claim(connection, place.channel_id, 16)) == 16


def test_probes_of_a_paused_channel_grow_apart_up_to_a_quarter_of_an_hour(engine: Engine, place: Place) -> None:
    waits_for = []
    with engine.begin() as connection:
        brakes.pause_channel(connection, place.channel_id, code=190, reason="Access token expired")
        for _ in range(7):
            probe = connection.execute(text("SELECT extract(epoch FROM probe_at - now()) FROM channels")).scalar_one()
            waits_for.append(round(probe))
            connection.execute(text("UPDATE channels SET probe_at = now()"))
            assert len(brakes.take_probes(connection)) == 1
    assert waits_for == [30, 60, 120, 240, 480, 900, 900]


def test_a_message_that_cannot_even_be_built_fails_and_stops_nothing_else(
    engine: Engine, place: Place, send: Any
) -> None:
    (poison,) = queue(engine, place, content="{}")
    (good,) = queue(engine, place, contact_phone="+18095557777")
    send()
    row = message_row(engine, poison)
    assert (row.status, row.error_title) == ("failed", "The stored message cannot be sent")
    assert message_row(engine, good).status == "accepted"
    assert [tried.outcome for tried in attempts(engine, poison)] == ["failed"]


def test_a_trial_is_passed_however_slow_the_answer_and_the_rest_follows_at_once(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    ids = queue(engine, place, 6)
    with engine.begin() as connection:
        brakes.pause_channel(connection, place.channel_id, code=190, reason="Access token expired")
        assert brakes.resume_channel(connection, place.channel_id)
    meta.control("settings", answer_delay_ms=300)
    send()
    assert {message_row(engine, message_id).status for message_id in ids} == {"accepted"}
    channel = one(engine, "SELECT is_on_trial, probes FROM channels")
    assert (channel.is_on_trial, channel.probes) == (False, 0)
    first, *rest = [tried.started_at for message_id in ids for tried in attempts(engine, message_id)]
    assert max(rest) - min(rest) < timedelta(seconds=0.3), "the others were called beside each other"
    assert min(rest) - first >= timedelta(seconds=0.3), "the first was on trial alone"


def test_only_what_a_rate_limit_put_off_uses_up_patience(engine: Engine, place: Place, meta: Meta, send: Any) -> None:
    (message_id,) = queue(engine, place)
    meta.control("faults", next=1, fault="error", code=130429)
    send()
    assert message_row(engine, message_id).postponed == 1
    with engine.begin() as connection:
        connection.execute(text("UPDATE messages SET attempt = 400, status = 'queued'"))
        connection.execute(text("UPDATE pacing SET blocked_until = NULL, slowed_to = NULL, tokens = 10"))
    make_all_due(engine)
    meta.control("faults", next=1, fault="error", code=190)
    send()
    row = message_row(engine, message_id)
    assert (row.status, row.postponed) == ("queued", 0)
