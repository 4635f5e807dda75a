"""What keeps promises when everything else forgot."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

import db.engine
from db.encryption import Keyring
from db.engine import get_engine
from db.ids import new_id
from db.queries import brakes, claims, idempotency, partitions, templates
from db.queries.idempotency import FirstAnswer
from db.queries.partitions import DAYS, PARTITION_KEYS, create_partitions
from db.sealed import ACCESS_TOKEN
from embedded.kept_secrets import encryption_key
from embedded.redis import Redis
from messaging import callback_data
from settings import get_settings
from simulator import defaults
from tasks import graph_clients, housekeeping
from tasks import sessions as sessions  # noqa: PLC0414 - registers its tasks
from tasks import token_check as token_check  # noqa: PLC0414 - registers its task
from tasks.ingest import drain_once
from tasks.sending import THREADS, Sender
from tests.rows import (
    PHONE_NUMBER_ID,
    Place,
    add_channel,
    add_message,
    change,
    make_all_due,
    message_row,
    put_in_inbox,
    status_item,
    text_item,
    webhook,
)
from tests.simulator.meta import Meta
from worker.app import app as celery_app
from worker.queues import INGEST, SEND
from worker.schedule import BEAT_SCHEDULE

KEY = encryption_key()
ENVELOPE = webhook(change(messages=[text_item()]))
CACHES = (get_settings, graph_clients.graph_client, graph_clients._keyring, db.engine._engine_of)


def clear_caches() -> None:
    for cache in CACHES:
        cache.cache_clear()


@pytest.fixture(autouse=True)
def configured(database: str, redis_server: Redis, meta: Meta, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the tasks find this test's database, the broker and the simulator, as a worker does."""
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("BROKER_URL", redis_server.url)
    monkeypatch.setenv("GRAPH_API_URL", meta.address)
    monkeypatch.setenv("WHATSAPP_APP_SECRET", defaults.APP_SECRET)
    monkeypatch.setenv("WHATSAPP_ENCRYPTION_KEY", KEY)
    clear_caches()
    tasks_engine = get_engine()
    yield
    tasks_engine.dispose()
    clear_caches()


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """For which queues the tasks rang."""
    rung: list[str] = []
    monkeypatch.setattr(housekeeping, "ring", rung.append)
    return rung


@pytest.fixture
def place(engine: Engine) -> Place:
    """A channel whose token the simulator accepts."""
    with engine.begin() as connection:
        return add_channel(connection, access_token=sealed())


def sealed(key: str = KEY) -> str:
    return Keyring([key]).encrypt(defaults.ACCESS_TOKEN, ACCESS_TOKEN)


def rows(engine: Engine, statement: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(statement), values))


def change_rows(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def a_message(engine: Engine, place: Place, status: str = "queued", **columns: Any) -> UUID:
    with engine.begin() as connection:
        return add_message(connection, place, status, **columns)


def a_claimed_message(engine: Engine, place: Place) -> UUID:
    message_id = a_message(engine, place)
    with engine.begin() as connection:
        assert [one.id for one in claims.claim(connection, place.channel_id, 1)] == [message_id]
    return message_id


def drain(engine: Engine) -> None:
    while drain_once(engine):
        pass


# --- rings ---------------------------------------------------------------------------------------------------------


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


# --- abandoned sends -----------------------------------------------------------------------------------------------


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


# --- late receipts -------------------------------------------------------------------------------------------------


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


# --- paused channels -----------------------------------------------------------------------------------------------


def pause(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        assert brakes.pause_channel(connection, place.channel_id, code=190, reason="Access token has expired")


def let_probes_be_due(engine: Engine) -> None:
    change_rows(engine, "UPDATE channels SET probe_at = now() - interval '1 s' WHERE probe_at IS NOT NULL")


def paused(engine: Engine) -> dict[str, bool]:
    return {row[0]: row[1] for row in rows(engine, "SELECT phone_number_id, paused_at IS NOT NULL FROM channels")}


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


# --- templates -----------------------------------------------------------------------------------------------------


def known(engine: Engine, place: Place) -> dict[tuple[str, str], str]:
    with engine.connect() as connection:
        found = templates.known_templates(connection, place.channel_id)
    return {key: one.status for key, one in found.items()}


def test_templates_are_replaced_by_what_meta_tells_now(engine: Engine, place: Place, meta: Meta) -> None:
    gone = {"name": "gone", "language": "es", "status": "APPROVED"}
    old = {"name": "invoice", "language": "es", "status": "REJECTED"}
    with engine.begin() as connection:
        templates.replace_all(connection, place.tenant_id, place.channel_id, [gone, old])
    housekeeping.sync_templates()
    found = known(engine, place)
    assert ("gone", "es") not in found
    assert {found["invoice", "es"], found["invoice", "en"], found["quote", "es"]} == {"APPROVED"}
    (definition,) = rows(engine, "SELECT definition FROM templates WHERE name = 'invoice' AND language = 'es'")
    assert {component["type"] for component in definition[0]["components"]} >= {"BODY"}
    meta.control("templates", name="invoice", language="es", status="PAUSED")
    housekeeping.sync_templates()
    assert known(engine, place) == {**found, ("invoice", "es"): "PAUSED"}


def test_a_channel_that_meta_refuses_keeps_its_templates_and_no_other_from_getting_theirs(
    engine: Engine, place: Place
) -> None:
    with engine.begin() as connection:
        refused = add_channel(connection, "other", "1001", access_token=sealed())
        broken = add_channel(connection, "third", "1002", access_token=sealed(encryption_key()))
        for one in (refused, broken):
            kept = {"name": "mine", "language": "es", "status": "APPROVED"}
            templates.replace_all(connection, one.tenant_id, one.channel_id, [kept])
    housekeeping.sync_templates()
    assert known(engine, refused) == known(engine, broken) == {("mine", "es"): "APPROVED"}
    assert ("invoice", "es") in known(engine, place)


def test_a_list_with_a_template_twice_or_with_nuls_is_kept_all_the_same(engine: Engine, place: Place) -> None:
    told = [
        {"name": "invoice", "language": "es", "status": "PENDING"},
        {"name": "a\0b", "language": "es", "status": "APPROVED", "x\0": [{"text": "c\0d"}]},
        {"name": "invoice", "language": "es", "status": "APPROVED"},
    ]
    with engine.begin() as connection:
        templates.replace_all(connection, place.tenant_id, place.channel_id, told)
    assert known(engine, place) == {("invoice", "es"): "APPROVED", ("ab", "es"): "APPROVED"}
    ((definition,),) = rows(engine, "SELECT definition FROM templates WHERE name = 'ab'")
    assert definition["x"] == [{"text": "cd"}]


def test_a_list_that_cannot_be_stored_keeps_no_other_channel_from_getting_its_own(
    engine: Engine, place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine.begin() as connection:
        other = add_channel(connection, "other", "1001", access_token=sealed())
    change_rows(engine, "UPDATE channels SET waba_id = :waba_id", waba_id=defaults.WABA_ID)
    first, second = sorted((place, other), key=lambda one: one.channel_id)
    real = templates.replace_all

    def too_long(connection: Connection, tenant_id: UUID, channel_id: UUID, told: Any) -> None:
        more = [{"name": "x" * 10_000_000, "language": "es"}] if channel_id == first.channel_id else []
        real(connection, tenant_id, channel_id, [*told, *more])

    monkeypatch.setattr(templates, "replace_all", too_long)
    housekeeping.sync_templates()
    assert known(engine, first) == {}
    assert ("invoice", "es") in known(engine, second)
    assert "templates.not_synced" in "".join(capsys.readouterr())


def test_only_a_channel_without_templates_gets_its_first(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        other = add_channel(connection, "other", "1001", access_token=sealed())
        kept = {"name": "mine", "language": "es", "status": "APPROVED"}
        templates.replace_all(connection, other.tenant_id, other.channel_id, [kept])
    housekeeping.sync_first_templates()
    assert ("invoice", "es") in known(engine, place)
    assert known(engine, other) == {("mine", "es"): "APPROVED"}


def test_first_templates_are_looked_for_every_half_minute() -> None:
    [schedule] = [one["schedule"] for one in BEAT_SCHEDULE.values() if one["task"].endswith("sync_first_templates")]
    assert schedule <= timedelta(seconds=30)


def test_a_worker_that_starts_fetches_the_first_templates_at_once(engine: Engine, place: Place) -> None:
    command = "celery -A worker.app worker -Q housekeeping --pool solo --without-gossip --without-mingle -n first@%h"
    with subprocess.Popen(
        [sys.executable, "-m", *command.split()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as worker:
        try:
            deadline = time.monotonic() + 30
            while ("invoice", "es") not in known(engine, place):
                assert time.monotonic() < deadline
                time.sleep(0.1)
        finally:
            worker.kill()


def test_when_meta_is_away_templates_stay_as_they_were(engine: Engine, place: Place, meta: Meta) -> None:
    housekeeping.sync_templates()
    before = known(engine, place)
    meta.control("faults", next=1, fault="http_500")
    housekeeping.sync_templates()
    assert known(engine, place) == before


# --- idempotency keys ----------------------------------------------------------------------------------------------


def test_keys_of_requests_that_nobody_repeats_any_more_are_forgotten(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        for key in ("old", "young"):
            idempotency.claim(connection, place.tenant_id, key, FirstAnswer(b"digest", 202, {}))
    age = housekeeping.FORGET_KEYS_AFTER
    change_rows(engine, "UPDATE idempotency_keys SET created_at = now() - :age WHERE key = 'old'", age=age)
    change_rows(
        engine,
        "UPDATE idempotency_keys SET created_at = now() - :age WHERE key = 'young'",
        age=age - timedelta(minutes=1),
    )
    housekeeping.forget_idempotency_keys()
    assert rows(engine, "SELECT key FROM idempotency_keys") == [("young",)]


# --- partitions ----------------------------------------------------------------------------------------------------


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
        wait_until(lambda: rows(engine, "SELECT FROM pg_locks WHERE NOT granted"))
        started = time.monotonic()
        put_in_inbox(engine, ENVELOPE)
        assert time.monotonic() - started < 0.4
        assert not making.done()
        with pytest.raises(OperationalError, match="lock timeout"):
            making.result()
    housekeeping.create_partitions()


def wait_until(condition: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline


# --- all of them ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(entry["task"] for entry in BEAT_SCHEDULE.values()))
def test_two_beats_do_no_harm(engine: Engine, place: Place, name: str) -> None:
    message_id = a_claimed_message(engine, place)
    put_in_inbox(
        engine,
        webhook(change(statuses=[status_item("sent", callback=callback_data.write(message_id, 1))])),
        webhook(change(statuses=[status_item("sent", wamid="wamid.LATE")])),
    )
    drain(engine)
    a_message(engine, place, "accepted", attempt=1, wamid="wamid.LATE")
    pause(engine, place)
    let_probes_be_due(engine)
    task: Any = celery_app.tasks[name]
    with ThreadPoolExecutor(4) as threads:
        for run in [threads.submit(task) for _ in range(4)]:
            run.result()
    drain(engine)
    assert message_row(engine, message_id).status == "sent"
    assert rows(engine, "SELECT count(*) FROM receipts") == [(2,)]
