"""Full lives of gateways' sessions: real webhooks into a real inbox, real rows, real sends (S3.8 to S3.20, D4)."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine

import db.engine
from db import sealed
from db.encryption import Keyring
from db.ids import new_id
from db.queries import inbox
from gateways.kinds import Kind
from settings import Settings, get_settings
from tasks import gateway_clients, housekeeping, sessions
from tests.db.conftest import new_encryption_key
from tests.db.conftest import only_settings as only_settings  # noqa: PLC0414 - a fixture
from tests.rows import Place, make_all_due, message_row
from tests.simulator.meta import Meta
from tests.tasks.gateway_world import CUSTOMER, GatewayWorld, receiving
from web.webhooks.gateway_sources import GatewaySources

KEY = new_encryption_key()
CACHES = (get_settings, gateway_clients.gateway_client, db.engine._engine_of)


@pytest.fixture
def settings(only_settings: Callable[..., None], database: str, meta: Meta) -> Iterator[Settings]:
    for cache in CACHES:
        cache.cache_clear()
    only_settings(DATABASE_URL=database, WHATSAPP_ENCRYPTION_KEY=KEY, BROKER_URL="redis://127.0.0.1:1/0")
    yield get_settings()
    db.engine.get_engine().dispose()
    for cache in CACHES:
        cache.cache_clear()


@pytest.fixture
def world(engine: Engine, settings: Settings, meta: Meta) -> Iterator[GatewayWorld]:
    meta.control("settings", delays_ms={"sent": 5, "delivered": 10, "read": 15})
    sources = GatewaySources(settings)
    with receiving(settings, sources) as address:
        yield GatewayWorld(engine, settings, meta, address, sources)


def opened(world: GatewayWorld, row: Any) -> str:
    return Keyring([KEY]).decrypt(row.qr, sealed.SESSION_QR)


@pytest.mark.parametrize("kind", Kind)
def test_a_life_from_qr_to_messages_to_the_end(world: GatewayWorld, place: Place, kind: Kind) -> None:
    """S3.31, S3.38."""
    channel = world.register(place, kind)
    assert world.session(place).status == "initial"
    world.act(kind, "start")
    sessions.fetch_qrs()
    row = world.session(place)
    assert (row.status, row.message, row.has_qr) == ("qr_generated", "QR code generated, scan to connect", True)
    assert opened(world, row) == world.at_gateway(kind)["qr"]

    world.act(kind, "scan")
    row = world.session(place)
    assert (row.status, row.message, row.has_qr) == (
        "session_connected",
        "WhatsApp session connected successfully",
        False,
    )

    world.act(kind, "inbound", **{"from": CUSTOMER, "body": "Hola"})
    columns = "direction, type, status, contact_phone, contact_name, text, channel_id"
    (message,) = world.rows(f"SELECT {columns} FROM messages")
    assert tuple(message) == ("inbound", "text", "delivered", CUSTOMER, "Ana Peña", "Hola", channel.channel_id)

    world.act(kind, "lose", reason="LOGOUT")
    row = world.session(place)
    assert row.status in ("session_not_connected", "auth_failure")
    assert row.message.startswith(("Disconnected: ", "Authentication failed: "))


@pytest.mark.parametrize("kind", Kind)
def test_a_message_goes_out_once_and_climbs_to_read(world: GatewayWorld, place: Place, kind: Kind) -> None:
    channel = world.connect(place, kind)
    message_id = world.queue(channel)
    world.send()
    world.meta.wait(lambda: world.at_gateway(kind)["sent"][0]["ack"] == 3)
    world.settle()
    row = message_row(world.engine, message_id)
    (sent,) = world.at_gateway(kind)["sent"]
    assert (row.status, row.wamid) == ("read", sent["id"])
    assert None not in (row.sent_at, row.delivered_at, row.read_at)
    assert world.rows("SELECT kind FROM events") == []
    assert [one.direction for one in world.rows("SELECT direction FROM messages")] == ["outbound"]


@pytest.mark.parametrize("kind", Kind)
def test_doubled_and_shuffled_it_ends_the_same(world: GatewayWorld, place: Place, kind: Kind) -> None:
    world.register(place, kind)
    world.act(kind, "start")
    world.meta.control("gateways/faults", {"events": {"duplicate": 3, "shuffle": True}})
    world.act(kind, "scan")
    for number in range(5):
        world.act(kind, "inbound", **{"from": CUSTOMER, "body": f"Hola {number}"})
    assert world.session(place).status == "session_connected"
    assert sorted(one.text for one in world.rows("SELECT text FROM messages")) == [f"Hola {n}" for n in range(5)]
    digests = world.rows("SELECT count(*) AS all, count(DISTINCT digest) AS one FROM session_events")
    assert digests[0].all == digests[0].one


@pytest.mark.parametrize("kind", Kind)
def test_every_transition_is_kept_with_its_reason_and_times(world: GatewayWorld, place: Place, kind: Kind) -> None:
    world.connect(place, kind)
    history = world.rows("SELECT * FROM session_events ORDER BY at, arrived_at, id")
    assert history[0].before == "initial"
    assert history[-1].after == "session_connected"
    assert all(one.after == two.before for one, two in pairwise(history))
    assert all(one.word and one.message and one.arrived_at for one in history)
    assert (history[0].happened_at is not None) == (kind is Kind.WAHA)


@pytest.mark.parametrize(("kind", "fault"), [(kind, fault) for kind in Kind for fault in ("lose_answer", "no_id")])
def test_a_lost_answer_is_settled_by_the_gateways_own_echo_and_never_repeated(
    world: GatewayWorld, place: Place, kind: Kind, fault: str
) -> None:
    channel = world.connect(place, kind)
    world.meta.control("gateways/faults", {"fault": fault, "events": {"hold": True}})
    message_id = world.queue(channel)
    world.send()
    assert message_row(world.engine, message_id).status == "unknown"
    world.meta.control("gateways/faults", {"events": {"hold": False}})
    world.settle()
    (sent,) = world.at_gateway(kind)["sent"]
    row = message_row(world.engine, message_id)
    assert row.wamid == sent["id"]
    assert row.status in ("sent", "delivered", "read")
    assert world.rows("SELECT * FROM outbox") == []


def test_silence_never_has_a_gateways_message_sent_again(world: GatewayWorld, place: Place) -> None:
    channel = world.connect(place, Kind.WWEBJS)
    world.meta.control("gateways/faults", {"fault": "http_500"})
    message_id = world.queue(channel)
    world.send()
    make_all_due(world.engine)
    housekeeping.settle_silent_messages()
    (waiting,) = world.rows("SELECT state, due_at = 'infinity' AS for_a_person FROM outbox")
    assert (message_row(world.engine, message_id).status, *waiting) == ("unknown", "unknown", True)


@pytest.mark.parametrize("kind", Kind)
def test_what_a_session_is_not_connected_for_waits_and_goes_out_once_it_is(
    world: GatewayWorld, place: Place, kind: Kind
) -> None:
    channel = world.register(place, kind)
    world.act(kind, "start")
    message_id = world.queue(channel)
    world.send()
    row = message_row(world.engine, message_id)
    assert (row.status, row.attempts_spent) == ("queued", 0)
    assert world.at_gateway(kind)["sent"] == []
    (paused,) = world.rows("SELECT paused_reason FROM channels WHERE paused_at IS NOT NULL")
    assert paused.paused_reason == "The session is not connected to WhatsApp"

    world.act(kind, "scan")
    make_all_due(world.engine)
    world.send()
    assert len(world.at_gateway(kind)["sent"]) == 1
    assert message_row(world.engine, message_id).wamid == world.at_gateway(kind)["sent"][0]["id"]


def test_a_number_without_whatsapp_fails_and_says_so(world: GatewayWorld, place: Place) -> None:
    channel = world.connect(place, Kind.WAHA)
    message_id = world.queue(channel, contact_phone="+18095131026")
    world.send()
    row = message_row(world.engine, message_id)
    assert (row.status, row.error_title) == ("failed", "The number is not on WhatsApp")


def test_a_template_is_refused_for_good_and_does_not_stop_the_session(world: GatewayWorld, place: Place) -> None:
    channel = world.connect(place, Kind.WAHA)
    content = '{"type": "template", "template": {"name": "invoice", "language": {"code": "es"}}}'
    refused = world.queue(channel, content=content, type="template", text=None)
    sent = world.queue(channel)
    world.send()
    assert message_row(world.engine, refused).status == "failed"
    assert message_row(world.engine, sent).status == "accepted"


@pytest.mark.parametrize("kind", Kind)
def test_edits_reactions_and_revocations_stand_in_the_conversation(
    world: GatewayWorld, place: Place, kind: Kind
) -> None:
    world.connect(place, kind)
    written = world.act(kind, "inbound", **{"from": CUSTOMER})["id"]
    for act in ("edit", "revoke", "reaction"):
        world.act(kind, act, id=written, text="👍")
    acts = world.rows("SELECT type, context_wamid FROM messages WHERE type <> 'text'")
    assert {one.context_wamid for one in acts} == {written}
    assert {one.type for one in acts} == {"revoke", "reaction"} | (set() if kind is Kind.WPPCONNECT else {"edit"})


def test_a_person_behind_a_lid_is_known_by_it_and_answered_there(world: GatewayWorld, place: Place) -> None:
    channel = world.connect(place, Kind.WAHA)
    world.act(Kind.WAHA, "inbound", **{"from": "98765432101234@lid"})
    (message,) = world.rows("SELECT contact_phone, contact_bsuid FROM messages")
    assert tuple(message) == (None, "98765432101234@lid")
    world.queue(channel, contact_phone=None, contact_bsuid="98765432101234@lid")
    world.send()
    assert world.at_gateway(Kind.WAHA)["sent"][0]["chat"] == "98765432101234@lid"


@pytest.mark.parametrize("kind", Kind)
def test_no_key_and_no_qr_lies_open_anywhere(world: GatewayWorld, place: Place, kind: Kind) -> None:
    """S3.50."""
    world.register(place, kind)
    world.act(kind, "start")
    sessions.fetch_qrs()
    qr = world.at_gateway(kind)["qr"]
    stored = [bytes(one.body) for one in world.rows("SELECT body FROM inbox")]
    assert stored
    assert not [body for body in stored if qr.encode() in body or b"simulated-instance-token" in body]
    for table in ("gateway_sessions", "session_events", "events", "gateway_sources", "channels", "app_secrets"):
        text = str([tuple(one) for one in world.rows(f"SELECT * FROM {table}")])
        assert qr not in text
        assert "simulator-gateway-key" not in text
        assert "simulator-gateway-secret" not in text


def test_a_qr_is_forgotten_when_its_time_is_over(world: GatewayWorld, place: Place) -> None:
    """S3.42."""
    world.register(place, Kind.WWEBJS)
    world.act(Kind.WWEBJS, "start")
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE gateway_sessions SET qr_expires_at = now() - interval '1 second'")
    assert not world.session(place).has_qr
    sessions.forget_qrs()
    assert world.rows("SELECT qr FROM gateway_sessions WHERE qr IS NOT NULL") == []


def test_a_qr_that_cannot_be_fetched_is_no_trouble_for_others(world: GatewayWorld, place: Place) -> None:
    world.connect(place, Kind.WAHA)
    sessions.fetch_qrs()
    assert world.session(place).qr is None


def test_a_batch_of_session_events_is_a_constant_number_of_statements(world: GatewayWorld, place: Place) -> None:
    from sqlalchemy import event

    world.register(place, Kind.WWEBJS)
    world.meta.control("gateways/faults", {"events": {"hold": True}})
    for _ in range(10):
        world.act(Kind.WWEBJS, "qr")
    world.act(Kind.WWEBJS, "scan")
    world.meta.control("gateways/faults", {"events": {"hold": False}})
    world.meta.wait(lambda: world.meta.look("gateways")["waiting"] == 0)
    statements: list[str] = []
    event.listen(world.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    world.drain()
    events = [one for one in statements if "session" in one and "inbox" not in one and "last_event_at" not in one]
    assert len(events) == 5
    assert world.session(place).status == "session_connected"


def test_a_late_event_finds_its_place_in_the_past(world: GatewayWorld, place: Place) -> None:
    world.connect(place, Kind.WAHA)
    late = {"event": "session.status", "session": "shop", "timestamp": 1_700_000_000_000, "id": "evt_late"}
    world.act(Kind.WAHA, "body", **late, payload={"name": "shop", "status": "FAILED"})
    assert world.session(place).status == "session_connected"
    first = world.rows("SELECT word, before, after FROM session_events ORDER BY at, arrived_at LIMIT 2")
    assert [tuple(one) for one in first] == [("FAILED", "initial", "error"), ("STARTING", "error", "connecting")]


def test_an_event_nobody_knows_is_kept_and_replayed_into_its_session(world: GatewayWorld, place: Place) -> None:
    channel = world.register(place, Kind.WAHA)
    world.act(Kind.WAHA, "body", id="evt_1", event="brand.new", session="shop", payload={"a": 1})
    (kept,) = world.rows("SELECT kind, state, reason, envelope, tenant_id FROM events")
    assert tuple(kept) == ("unhandled", "unhandled", "unknown_event", None, place.tenant_id)
    with world.engine.begin() as connection:
        event_id, inbox_id, at = connection.exec_driver_sql("SELECT id, inbox_id, inbox_received_at FROM events").one()
        body = inbox.body_of(connection, inbox_id, at)
        assert body is not None
        inbox.append_replay(connection, inbox_id=new_id(), body=body, event_id=event_id)
    world.drain()
    (again,) = world.rows("SELECT state, reason, channel_id FROM events")
    assert tuple(again) == ("unhandled", "unknown_event", channel.channel_id)


def test_a_paused_session_is_asked_how_it_is(world: GatewayWorld, place: Place) -> None:
    channel = world.register(place, Kind.WAHA)
    world.act(Kind.WAHA, "start")
    world.queue(channel)
    world.send()
    for expected in (False, True):
        with world.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE channels SET probe_at = now() WHERE paused_at IS NOT NULL")
        housekeeping.probe_paused_channels()
        paused = world.rows("SELECT id FROM channels WHERE paused_at IS NOT NULL")
        assert (paused == []) is expected
        world.meta.control("gateways/faults", {"events": {"drop": ["connected"]}})
        world.act(Kind.WAHA, "scan")


def test_two_tenants_sessions_never_meet(world: GatewayWorld, place: Place) -> None:
    from tests.rows import add_channel

    with world.engine.begin() as connection:
        other = add_channel(connection, "other", "20020020")
    world.register(place, Kind.WWEBJS, "shop")
    theirs = world.register(other, Kind.WWEBJS, "bakery")
    world.act(Kind.WWEBJS, "start", "bakery")
    world.act(Kind.WWEBJS, "inbound", "bakery", **{"from": CUSTOMER})
    (message,) = world.rows("SELECT tenant_id, channel_id FROM messages")
    assert tuple(message) == (theirs.tenant_id, theirs.channel_id)
    assert world.session(place).status == "initial"
