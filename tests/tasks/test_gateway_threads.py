"""What gateways bring stands in the same conversations as what Meta brings (S1.8, S1.16, S3.8, S3.20)."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from db.queries import live_events, read_marks
from gateways.kinds import Kind
from settings import Settings
from tasks import sessions
from tasks.conversation_rules import forget_rules
from tests.rows import PHONE_NUMBER_ID, Place, change, message_row, put_in_inbox, text_item, webhook
from tests.simulator.meta import Meta
from tests.tasks.gateway_world import CUSTOMER, GatewayWorld, receiving
from tests.tasks.test_gateway_lives import only_settings as only_settings  # noqa: PLC0414 - a fixture
from tests.tasks.test_gateway_lives import settings as settings  # noqa: PLC0414 - a fixture
from web.webhooks.gateway_sources import GatewaySources
from whatsapp.graph import SendAnswer
from whatsapp.items import Json

LID = "98765432101234@lid"
GROUP = "120363012345678901@g.us"


@pytest.fixture
def world(engine: Engine, settings: Settings, meta: Meta) -> Iterator[GatewayWorld]:
    sources = GatewaySources(settings)
    with receiving(settings, sources) as address:
        yield GatewayWorld(engine, settings, meta, address, sources)


@pytest.fixture(params=Kind)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


def test_what_a_customer_writes_opens_a_thread_of_theirs_without_a_window(
    world: GatewayWorld, place: Place, kind: Kind
) -> None:
    channel = world.connect(place, kind)
    world.act(kind, "inbound", **{"from": CUSTOMER, "body": "Hola"})
    (thread,) = world.rows(
        "SELECT v.channel_id, v.unread, v.window_closes_at, c.phone, c.name FROM conversations v "
        "JOIN contacts c ON c.id = v.contact_id"
    )
    assert tuple(thread) == (channel.channel_id, 1, None, CUSTOMER, "Ana Peña")
    (message,) = world.rows("SELECT conversation_id IS NOT NULL AS stands, source FROM messages")
    assert tuple(message) == (True, None)


def test_one_person_is_one_contact_with_a_thread_on_each_of_our_numbers(world: GatewayWorld, place: Place) -> None:
    world.connect(place, Kind.WAHA)
    world.act(Kind.WAHA, "inbound", **{"from": CUSTOMER})
    put_in_inbox(world.engine, webhook(change(PHONE_NUMBER_ID, messages=[text_item("wamid.1", CUSTOMER[1:])])))
    world.drain()
    assert len(world.rows("SELECT FROM contacts")) == 1
    assert len(world.rows("SELECT FROM conversations")) == 2


def test_what_is_written_on_the_phone_stands_in_the_thread_as_ours(
    world: GatewayWorld, place: Place, kind: Kind
) -> None:
    world.connect(place, kind)
    world.act(kind, "inbound", **{"from": CUSTOMER})
    own = world.act(kind, "inbound", **{"from": CUSTOMER, "from_me": True, "body": "Ya le llamo"})["id"]
    (message,) = world.rows("SELECT * FROM messages WHERE wamid = :wamid", wamid=own)
    assert (message.direction, message.source, message.status, message.text) == (
        "outbound",
        "echo",
        "sent",
        "Ya le llamo",
    )
    (thread,) = world.rows("SELECT id, unread FROM conversations")
    assert (thread.id, thread.unread) == (message.conversation_id, 1)
    assert world.rows("SELECT FROM outbox") == []
    world.act(kind, "ack", id=own, ack=3)
    assert message_row(world.engine, message.id).status == "read"


def test_groups_are_kept_apart(world: GatewayWorld, place: Place, kind: Kind) -> None:
    world.connect(place, kind)
    world.act(kind, "inbound", **{"from": GROUP, "author": CUSTOMER})
    (thread,) = world.rows("SELECT group_id, contact_id FROM conversations")
    assert tuple(thread) == (GROUP, None)
    assert world.rows("SELECT FROM contacts") == []


def test_a_lid_is_an_alias_of_its_contact_beside_metas(world: GatewayWorld, place: Place) -> None:
    world.connect(place, Kind.WAHA)
    item = {**text_item("wamid.1", CUSTOMER[1:]), "from_user_id": "DO.1"}
    put_in_inbox(world.engine, webhook(change(PHONE_NUMBER_ID, messages=[item])))
    world.act(Kind.WAHA, "inbound", **{"from": LID})
    people = world.rows("SELECT phone, bsuid, lid FROM contacts ORDER BY id")
    assert [tuple(one) for one in people] == [(CUSTOMER, "DO.1", None), (None, None, LID)]
    (thread,) = world.rows("SELECT c.lid FROM conversations v JOIN contacts c ON c.id = v.contact_id WHERE lid <> ''")
    assert thread.lid == LID


def test_rules_answer_what_was_written_just_now_and_nothing_old(world: GatewayWorld, place: Place) -> None:
    channel = world.connect(place, Kind.WAHA)
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO auto_reply_rules (id, tenant_id, position, name, match, pattern, answer) "
            "VALUES (gen_random_uuid(), %s, 1, 'Hours', 'contains', 'horario', 'De 9 a 5.')",
            (place.tenant_id,),
        )
    forget_rules()
    world.act(Kind.WAHA, "inbound", **{"from": CUSTOMER, "body": "horario", "timestamp": 1_700_000_000})
    assert world.rows("SELECT FROM messages WHERE direction = 'outbound'") == []
    world.act(Kind.WAHA, "inbound", **{"from": CUSTOMER, "body": "horario"})
    (answer,) = world.rows("SELECT text, channel_id, source FROM messages WHERE direction = 'outbound'")
    assert tuple(answer) == ("De 9 a 5.", channel.channel_id, "auto_reply")


class HastyGateway:
    """It tells of a message as its number's own, under another address, before it answers with the message's id."""

    def __init__(self, world: GatewayWorld) -> None:
        self._world = world

    def send_message(self, phone_number_id: str, payload: Json) -> SendAnswer:
        made = self._world.act(Kind.WAHA, "inbound", **{"from": LID, "from_me": True})
        return SendAnswer(wamid=made["id"], message_status=None, wa_id=None, bsuid=None, http_status=200)


def test_our_own_message_told_before_its_answer_is_there_once(
    world: GatewayWorld, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = world.connect(place, Kind.WAHA)
    message_id = world.queue(channel)
    monkeypatch.setattr("tasks.sending.gateway_sender", lambda _source: HastyGateway(world))
    world.send()
    (message,) = world.rows("SELECT id, status, source FROM messages")
    assert tuple(message) == (message_id, "accepted", None)


def test_a_call_stands_in_the_thread_of_who_called_once_s3_19_s3_44(
    world: GatewayWorld, place: Place, kind: Kind
) -> None:
    world.connect(place, kind)
    world.meta.control("gateways/faults", {"events": {"duplicate": 2}})
    world.act(kind, "call", **{"from": CUSTOMER})
    (call,) = world.rows(
        "SELECT m.type, m.direction, c.phone, v.unread FROM messages m JOIN conversations v ON v.id = m.conversation_id "
        "JOIN contacts c ON c.id = v.contact_id"
    )
    assert tuple(call) == ("call", "inbound", CUSTOMER, 1)
    assert world.rows("SELECT FROM events") == []


def test_a_gateway_is_told_of_no_read_marks(world: GatewayWorld, place: Place) -> None:
    world.connect(place, Kind.WAHA)
    world.act(Kind.WAHA, "inbound", **{"from": CUSTOMER})
    (thread,) = world.rows("SELECT id FROM conversations")
    with world.engine.begin() as connection:
        read_marks.want(connection, place.tenant_id, thread.id, typing=False)
        assert not read_marks.has_due(connection)


def test_every_change_of_a_session_is_told_and_never_its_code(world: GatewayWorld, place: Place, kind: Kind) -> None:
    channel = world.connect(place, kind)
    sessions.fetch_qrs()
    with world.engine.begin() as connection:
        live_events.number(connection)
        told = live_events.since(connection, place.tenant_id, 0)
    states = [one.payload["status"] for one in told if one.kind == "session_status"]
    assert states[-1] == "session_connected"
    assert "qr_generated" in states
    payload = {"session_id": "shop", "channel_id": str(channel.channel_id), "status": "session_connected"}
    assert told[-1].payload == payload


def test_an_expired_qr_is_told_too_and_an_alarm_when_it_is_raised(world: GatewayWorld, place: Place) -> None:
    world.register(place, Kind.WWEBJS)
    world.act(Kind.WWEBJS, "start")
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE gateway_sessions SET qr_expires_at = now() - interval '1 second'")
        live_events.number(connection)
        before = live_events.latest(connection, place.tenant_id)
    sessions.forget_qrs()
    world.act(Kind.WWEBJS, "scan")
    world.act(Kind.WWEBJS, "lose", reason="NAVIGATION")
    with world.engine.begin() as connection:
        live_events.number(connection)
        told = live_events.since(connection, place.tenant_id, before)
    assert (told[0].kind, told[0].payload["status"]) == ("session_status", "qr_generated")
    (alarm,) = world.rows("SELECT id::text, kind, target FROM alarms")
    [one] = [one.payload for one in told if one.kind == "alarm"]
    assert one == {"id": alarm.id, "kind": "session.disconnected", "target": "shop"} == dict(alarm._mapping)
