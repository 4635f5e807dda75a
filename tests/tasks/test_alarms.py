"""Alarms about sessions: a loss is told once, a silence is asked about first, and both reach the tenant's system."""

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db.changes import endpoints
from db.encryption import Keyring
from db.queries import alarms
from db.queries.alarms import NewAlarm
from db.queries.endpoints import CALLBACK
from gateways.kinds import Kind
from messaging.limits import DEFAULTS
from messaging.violations import Violation
from tasks import callbacks, ingest_notes, session_silence, signed_posts
from tasks.public_http import NotPublicError, public_address, public_session
from tests.db.conftest import only_settings as only_settings  # noqa: PLC0414 - a fixture
from tests.rows import Place
from tests.tasks.gateway_world import CUSTOMER, GatewayWorld
from tests.tasks.test_gateway_lives import KEY
from tests.tasks.test_gateway_lives import settings as settings  # noqa: PLC0414 - a fixture
from tests.tasks.test_gateway_lives import world as world  # noqa: PLC0414 - a fixture
from tests.whatsapp.graph_server import GraphServer, json_answer, reset_before_answering, serving


@pytest.fixture(autouse=True)
def fresh_notes() -> None:
    """What was noted within a minute is not noted again: each test begins anew."""
    ingest_notes.last_uses._due_at.clear()
    signed_posts._session.cache_clear()


@pytest.fixture
def endpoint() -> Iterator[GraphServer]:
    """The system of a tenant's that takes alarms."""
    with serving(json_answer(200, {})) as server:
        yield server


def point_at(world: GatewayWorld, place: Place, server: GraphServer) -> str:
    url = f"{server.url}/alarms"
    with world.engine.begin() as connection:
        return endpoints.put(connection, CALLBACK, Keyring([KEY]), place.tenant_id, url, actor="test", allow_local=True)


def change(world: GatewayWorld, statement: str, **values: Any) -> None:
    with world.engine.begin() as connection:
        connection.execute(text(statement), values)


def kinds(world: GatewayWorld) -> list[tuple[str, str]]:
    return [tuple(row) for row in world.rows("SELECT kind, delivery FROM alarms ORDER BY id")]


def test_a_lost_session_is_told_once_and_so_is_its_return(world: GatewayWorld, place: Place) -> None:
    """S3.48."""
    world.connect(place, Kind.WAHA)
    assert kinds(world) == []
    for _ in range(2):
        world.act(Kind.WAHA, "lose", reason="NAVIGATION")
    assert kinds(world) == [("session.disconnected", "none")]
    [row] = world.rows("SELECT target, details FROM alarms")
    assert (row.target, row.details["status"]) == ("shop", "session_not_connected")
    world.act(Kind.WAHA, "start")
    world.act(Kind.WAHA, "scan")
    assert kinds(world)[1:] == [("session.connected", "none")]


def age(world: GatewayWorld, silent: timedelta, usual: timedelta) -> None:
    """The session brought nothing for so long, and does so usually within `usual`."""
    change(world, "UPDATE channels SET last_event_at = now() - :silent", silent=silent)
    change(world, "UPDATE gateway_sessions SET usual_gap_seconds = :usual", usual=usual.total_seconds())


@pytest.mark.parametrize(
    ("hours", "usual_minutes", "is_told"),
    [
        (2, 10, True),  # eight gaps are 80 minutes
        (1.1, 10, False),
        (0.9, 1, False),  # never within an hour
        (1.1, 1, True),
        (23, 600, False),
        (25, 600, True),  # never later than a day
    ],
)
def test_a_connected_session_that_is_silent_for_longer_than_usual_is_told_once(
    world: GatewayWorld, place: Place, hours: float, usual_minutes: int, is_told: bool
) -> None:
    world.connect(place, Kind.WWEBJS)
    age(world, timedelta(hours=hours), timedelta(minutes=usual_minutes))
    for _ in range(2):
        session_silence.watch_silence()
    assert kinds(world) == [("session.silent", "none")] * is_told
    if is_told:
        [row] = world.rows("SELECT details FROM alarms")
        assert row.details["gateway"] == "session_connected"
        assert row.details["silent_for_seconds"] == pytest.approx(hours * 3_600, abs=60)


def test_the_next_event_ends_a_silence_and_teaches_the_gap(world: GatewayWorld, place: Place) -> None:
    world.connect(place, Kind.WWEBJS)
    age(world, timedelta(hours=2), timedelta(minutes=10))
    session_silence.watch_silence()
    ingest_notes.last_uses._due_at.clear()
    world.act(Kind.WWEBJS, "inbound", **{"from": CUSTOMER})
    [row] = world.rows("SELECT silence_told_at, usual_gap_seconds FROM gateway_sessions")
    assert row.silence_told_at is None
    assert row.usual_gap_seconds == pytest.approx(600 * 0.9 + 7_200 * 0.1, abs=10)
    age(world, timedelta(hours=3), timedelta(minutes=10))
    session_silence.watch_silence()
    assert len(kinds(world)) == 2


def test_a_session_that_its_gateway_calls_something_else_becomes_that_and_is_told_lost(
    world: GatewayWorld, place: Place
) -> None:
    world.connect(place, Kind.WWEBJS)
    world.meta.control("gateways/faults", {"events": {"drop": ["disconnected"]}})
    world.meta.control("gateways/wwebjs/shop/lose", {"reason": "NAVIGATION"})
    assert world.session(place).status == "session_connected"
    age(world, timedelta(hours=2), timedelta(minutes=10))
    session_silence.watch_silence()
    assert world.session(place).status != "session_connected"
    assert kinds(world) == [("session.disconnected", "none")]
    world.meta.control("gateways/faults", {"events": {"drop": []}})


def test_a_gateway_that_cannot_be_asked_is_told_as_silent(world: GatewayWorld, place: Place) -> None:
    world.connect(place, Kind.WWEBJS)
    change(world, "UPDATE gateway_sources SET base_url = 'http://127.0.0.1:9'")
    age(world, timedelta(hours=2), timedelta(minutes=10))
    session_silence.watch_silence()
    [row] = world.rows("SELECT details FROM alarms")
    assert row.details["gateway"] == "unreachable"


def test_an_alarm_is_posted_once_signed_with_the_tenants_secret(
    world: GatewayWorld, place: Place, endpoint: GraphServer
) -> None:
    secret = point_at(world, place, endpoint)
    world.connect(place, Kind.WWEBJS)
    world.act(Kind.WWEBJS, "lose", reason="NAVIGATION")
    for _ in range(2):
        callbacks.deliver_alarms()
    assert kinds(world) == [("session.disconnected", "delivered")]
    [request] = endpoint.requests
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == expected
    told = json.loads(request.body)
    assert (told["type"], told["data"]["target"]) == ("session.disconnected", "shop")


def raise_one(world: GatewayWorld, place: Place) -> None:
    with world.engine.begin() as connection:
        alarms.raise_alarms(connection, [NewAlarm(place.tenant_id, "test", "x", {})])


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (json_answer(500, {}), "It answered 500."),
        (json_answer(302, {}), "It answered 302."),
        (reset_before_answering, "No answer: ConnectionError."),
    ],
    ids=["500", "redirect", "reset"],
)
def test_what_is_not_taken_is_posted_again_later_and_given_up_after_a_day(
    world: GatewayWorld, place: Place, answer: Any, problem: str
) -> None:
    with serving(answer) as refusing:
        point_at(world, place, refusing)
        raise_one(world, place)
        for attempt in range(1, DEFAULTS.callback_attempts + 1):
            callbacks.deliver_alarms()
            callbacks.deliver_alarms()
            [row] = world.rows("SELECT attempts, problem, delivery FROM alarms")
            assert (row.attempts, row.problem) == (attempt, problem)
            change(world, "UPDATE alarms SET due_at = now() WHERE delivery = 'waiting'")
        callbacks.deliver_alarms()
        assert len(refusing.requests) >= DEFAULTS.callback_attempts
    assert kinds(world) == [("test", "failed")]


def test_the_pauses_grow_from_seconds_to_hours_and_last_a_day_in_all() -> None:
    most = DEFAULTS.callback_attempts
    pauses = [signed_posts.pause_after(attempts, most) for attempts in range(1, most + 1)]
    assert [pause.total_seconds() for pause in pauses[:4] if pause] == [10, 60, 360, 2_160]
    assert pauses[-1] is None
    assert timedelta(hours=18) < sum((pause for pause in pauses if pause), timedelta()) < timedelta(hours=30)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.7", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "0.0.0.0", "localhost"]
)
def test_no_address_of_this_network_is_posted_to(host: str) -> None:
    with pytest.raises(NotPublicError):
        public_address(host, 80, allow_local=False)


def test_a_name_that_leads_here_is_refused_when_it_is_connected_to(
    endpoint: GraphServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may answer differently each time it is asked: the connection's own answer is the one that counts."""
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, port, **more: real("127.0.0.1", port, **more))
    with public_session(allow_local=False) as session, pytest.raises(NotPublicError):
        session.post(f"http://hooks.example.com:{endpoint.server_port}/", data=b"x", timeout=5)
    assert endpoint.requests == []


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://user:pass@x.example/", "ftp://x", "x", ""])
def test_an_address_that_is_not_https_is_refused(world: GatewayWorld, place: Place, url: str) -> None:
    with world.engine.begin() as connection, pytest.raises(Violation):
        endpoints.put(connection, CALLBACK, Keyring([KEY]), place.tenant_id, url, actor="test", allow_local=True)
