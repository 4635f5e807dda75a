"""What is told, to whom, and that nothing is missed; S1.8, S3.43, S3.45."""

import socket
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from websockets.exceptions import ConnectionClosed

from db.ids import new_id
from db.queries import live_events
from db.queries.live_events import LiveEvent
from tests.waiting import wait_for
from tests.web.api.world import Business
from tests.web.realtime.conftest import LiveProcess

Tell = Callable[..., UUID]
Start = Callable[..., LiveProcess]


def test_a_subscriber_is_told_of_its_conversation_and_of_no_other_s1_8(
    live: LiveProcess, business: Business, tell: Tell
) -> None:
    mine = new_id()
    client = live.connect(business.key)
    said = client.say("subscribe_conversation", conversation_id=str(mine))
    assert (said["type"], said["conversation_id"]) == ("subscribed", str(mine))
    tell("new_message")
    tell("new_message", mine)
    tell("message_status", mine)
    client.hear_until(3)
    assert client.events == [(2, "new_message"), (3, "message_status")]
    told = client.heard[-1]
    assert (told["conversation_id"], told["data"]) == (str(mine), {"type": "text"})
    assert client.say("unsubscribe_conversation", conversation_id=str(mine))["type"] == "unsubscribed"
    tell("new_message", mine)
    tell("conversation_updated")
    client.hear_until(5)
    assert client.events[2:] == [(5, "conversation_updated")]


def test_sessions_and_conversations_that_change_are_told_to_all_of_the_tenant(
    live: LiveProcess, business: Business, tell: Tell
) -> None:
    """S3.43, S3.45."""
    clients = [live.connect(business.key, user) for user in ("ana", "luis")]
    tell("session_status")
    tell("conversation_updated")
    for client in clients:
        client.hear_until(2)
        assert client.events == [(1, "session_status"), (2, "conversation_updated")]


def test_nothing_crosses_tenants(live: LiveProcess, business: Business, other: Business, tell: Tell) -> None:
    mine = new_id()
    foreign = live.connect(other.key, query=f"?conversation={mine}&conversation=*&after=0")
    tell("new_message", mine)
    tell("session_status")
    tell("conversation_updated", to=other)
    foreign.hear_until(1)
    assert foreign.events == [(1, "conversation_updated")]


def test_whoever_loses_the_connection_again_and_again_misses_nothing_and_hears_nothing_twice(
    start: Start, business: Business, engine: Engine
) -> None:
    processes = [start(), start()]
    total, seen, position = 300, list[int](), 0

    def change() -> None:
        for number in range(total):
            kind: Any = ("new_message", "session_status")[number % 2]
            with engine.begin() as connection:
                live_events.emit(connection, [LiveEvent(business.tenant_id, kind, new_id(), new_id(), {"n": number})])

    changing = threading.Thread(target=change)
    changing.start()
    for attempt in range(1000):
        client = processes[attempt % 2].connect(business.key, query=f"?conversation=*&after={position}")
        for _ in range(7):
            if (client.events or [(position,)])[-1][0] < total:
                client.hear()
        assert "resync" not in [one["type"] for one in client.heard]
        seen += [sequence for sequence, _ in client.events]
        position = seen[-1] if seen else 0
        client.socket.socket.shutdown(socket.SHUT_RDWR)
        if position == total:
            break
    changing.join()
    assert seen == list(range(1, total + 1))


@pytest.mark.parametrize("after", [1_000_000, 0])
def test_who_cannot_be_told_what_was_missed_is_told_to_look_anew(
    live: LiveProcess, business: Business, engine: Engine, tell: Tell, after: int
) -> None:
    if not after:  # more than is told one by one
        with engine.begin() as connection:
            live_events.emit(connection, [LiveEvent(business.tenant_id, "session_status") for _ in range(10_001)])
        wait_for(lambda: _latest(engine, business) == 10_001)
    client = live.connect(business.key, query=f"?after={after}")
    assert [one["type"] for one in client.heard] == ["resync", "connected"]
    tell("session_status")
    client.hear_until(1)
    assert client.heard[-1]["type"] == "session_status"


def _latest(engine: Engine, business: Business) -> int:
    with engine.connect() as connection:
        return live_events.latest(connection, business.tenant_id)


def test_postgres_goes_away_and_comes_back_and_nothing_was_missed(
    live: LiveProcess, business: Business, engine: Engine, tell: Tell, database: str
) -> None:
    client = live.connect(business.key)
    tell("session_status")
    client.hear_until(1)
    name = database.rpartition("/")[2]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"ALTER DATABASE {name} CONNECTION LIMIT 0"))
        cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'paperboy api'"
        connection.execute(text(f"{cut} AND datname = :name"), {"name": name})
        role = connection.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).scalar_one()
        assert role, "a limit of connections does not hold superusers off: each is ended instead"
        wait_for(lambda: _is_cut(connection, cut, name, live))
        connection.execute(text(f"ALTER DATABASE {name} CONNECTION LIMIT -1"))
    tell("session_status")
    client.hear_until(2)
    assert client.events == [(1, "session_status"), (2, "session_status")]


def _is_cut(connection: Any, cut: str, name: str, live: LiveProcess) -> bool:
    connection.execute(text(f"{cut} AND datname = :name"), {"name": name})
    return b"live.not_told" in live.log.read_bytes()


def test_a_client_that_does_not_read_is_cut_off_and_costs_the_others_nothing(
    live: LiveProcess, business: Business, engine: Engine
) -> None:
    slow = live.connect(business.key, "slow", max_queue=1)
    slow.socket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    quick = live.connect(business.key, "quick", max_queue=None)
    count = 0
    while b"slow_client_cut_off" not in live.log.read_bytes():
        with engine.begin() as connection:
            live_events.emit(
                connection,
                [LiveEvent(business.tenant_id, "session_status", payload={"x": "y" * 20_000}) for _ in range(100)],
            )
        count += 100
        quick.hear_until(count)
        assert count < 5_000
    with pytest.raises(ConnectionClosed):
        slow.hear_until(count)
    assert [sequence for sequence, _ in quick.events] == list(range(1, count + 1))


def test_the_end_of_a_process_is_told_and_quick(live: LiveProcess, business: Business) -> None:
    client = live.connect(business.key)
    assert live.stop() == 0
    with pytest.raises(ConnectionClosed) as closed:
        client.socket.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
