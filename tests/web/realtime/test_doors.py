"""Who may connect, how often, and what may be said; S1.8 to S1.10."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, text
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from embedded.ports import accepts, free_port
from settings import Settings
from tests.waiting import wait_for
from tests.web.api.world import Business, Caller, add_key
from tests.web.realtime.conftest import OWN_ORIGIN, Client, LiveProcess
from web.api.app import create_api_app
from web.api.auth import KeyRing
from web.api.database import Database
from web.api.last_use import LastUse
from web.api.services import EXTENSION
from web.realtime import server


@pytest.fixture
def caller(database: str, business: Business) -> Iterator[Caller]:
    app = create_api_app(Settings(_env_file=None, database_url=database, public_url=OWN_ORIGIN))
    yield Caller(app.test_client(), business.key)
    app.extensions[EXTENSION].database.close()


def refusal(live: LiveProcess, *given: Any, **more: Any) -> int:
    with pytest.raises(InvalidStatus) as refused:
        live.connect(*given, **more)
    return refused.value.response.status_code


def ticket(caller: Caller, user_id: str = "ana") -> str:
    answer = caller.post("/api/v1/ws/tickets", {"user_id": user_id})
    assert answer.status_code == 200
    return f"?{urlsplit(answer.json['url']).query}"


def test_a_ticket_opens_one_connection_for_its_user_from_our_own_pages(live: LiveProcess, caller: Caller) -> None:
    query = ticket(caller)
    assert live.connect(query=query, origin=OWN_ORIGIN).heard[-1]["type"] == "connected"
    assert refusal(live, query=query) == 401
    assert refusal(live, user_id="luis", query=ticket(caller)) == 401


def test_a_ticket_ends_after_a_minute(live: LiveProcess, caller: Caller, engine: Engine) -> None:
    query = ticket(caller)
    with engine.begin() as connection:
        connection.execute(text("UPDATE live_tickets SET expires_at = now()"))
    assert refusal(live, query=query) == 401


def test_no_ticket_lies_open_in_the_database_or_in_the_log(live: LiveProcess, caller: Caller, engine: Engine) -> None:
    query = ticket(caller)
    with engine.connect() as connection:
        [digest] = connection.execute(text("SELECT digest FROM live_tickets")).scalars()
    assert query.rpartition("=")[2].encode() not in bytes(digest)
    live.connect(query=query)
    live.stop()
    assert query.rpartition("=")[2] not in live.log.read_text()


@pytest.mark.parametrize(("env", "is_let_in"), [("development", True), ("production", False)])
def test_who_develops_opens_the_pages_by_either_name_of_this_machine(
    start: Callable[..., LiveProcess], caller: Caller, env: str, is_let_in: bool
) -> None:
    live = start(ENV=env, PORT="8765", WHATSAPP_ACCESS_TOKEN="EAAG-x")
    for name in ("localhost", "127.0.0.1"):
        origin, query = f"http://{name}:8765", ticket(caller)
        if is_let_in:
            assert live.connect(query=query, origin=origin)
        else:
            assert refusal(live, query=query, origin=origin) == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://paperboy.example.evil.example"])
def test_other_pages_may_not_connect(live: LiveProcess, caller: Caller, origin: str) -> None:
    assert refusal(live, query=ticket(caller), origin=origin) == 403


def test_a_server_connects_with_a_key_that_may_read(live: LiveProcess, engine: Engine, business: Business) -> None:
    with engine.begin() as connection:
        sending = add_key(connection, business.tenant_id, ("send",))
    assert refusal(live, sending) == 403
    assert refusal(live, "pbk_wrong") == 401
    assert refusal(live) == 401
    assert live.connect(business.key).heard[-1]["type"] == "connected"


@pytest.mark.parametrize("query", ["?after=x", "?after=-1", "?conversation=x", f"?after={10**30}"])
def test_a_wrong_question_is_refused(live: LiveProcess, business: Business, query: str) -> None:
    assert refusal(live, business.key, query=query) == 400


def test_a_user_has_ten_connections_and_leaving_one_makes_room(live: LiveProcess, business: Business) -> None:
    clients = [live.connect(business.key) for _ in range(10)]
    assert refusal(live, business.key) == 429
    assert live.connect(business.key, "luis")
    clients[0].socket.close()
    assert wait_for(lambda: _connects(live, business.key))


def _connects(live: LiveProcess, key: str) -> bool:
    try:
        live.connect(key)
    except InvalidStatus:
        return False
    return True


@contextmanager
def served_here(settings: Settings) -> Iterator[int]:
    """The server in this process; its port."""
    port, loop, ended = free_port(), asyncio.new_event_loop(), asyncio.Event()
    database = Database(settings.database)
    realtime = server.Realtime(settings, database, KeyRing(database, LastUse(settings.database)))
    thread = Thread(target=loop.run_until_complete, args=(realtime.run("127.0.0.1", port, ended),))
    thread.start()
    wait_for(lambda: accepts(port))
    yield port
    loop.call_soon_threadsafe(ended.set)
    thread.join()
    loop.close()
    database.close()


def test_whoever_listens_for_long_has_to_prove_again_who_they_are(
    monkeypatch: pytest.MonkeyPatch, database: str, business: Business
) -> None:
    monkeypatch.setattr(server, "LONGEST_CONNECTION_SECONDS", 0.5)
    headers = {"Authorization": f"Bearer {business.key}"}
    with served_here(Settings(_env_file=None, database_url=database)) as port:
        url = f"ws://127.0.0.1:{port}/api/v1/ws/chat/ana"
        with connect(url, additional_headers=headers) as socket:
            assert len(list(socket)) == 1
        assert (socket.close_code, socket.close_reason) == (1001, "connect again")


def test_a_ping_is_answered_and_nonsense_is_told_what_is_wrong(live: LiveProcess, business: Business) -> None:
    client = live.connect(business.key)
    assert client.say("ping") == {"type": "pong", "sequence": 0}
    for said in ({}, {"conversation_id": "x"}, {"conversation_id": None}):
        assert client.say("subscribe_conversation", **said)["code"] == "not_understood"
    assert client.say("sing")["type"] == "error"
    for frame in ("{", "[]", "1", '"x"'):
        client.socket.send(frame)
        assert client.hear()["type"] == "error"
    assert client.say("ping")["type"] == "pong"


def test_who_says_too_much_is_shown_out(live: LiveProcess, business: Business) -> None:
    client = live.connect(business.key)
    with pytest.raises(ConnectionClosed) as closed:
        _ping_for_ever(client)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    long = live.connect(business.key)
    long.socket.send("x" * 5_000)
    with pytest.raises(ConnectionClosed):
        long.hear()


def _ping_for_ever(client: Client) -> None:
    while True:
        client.say("ping")


def test_status_and_stats_tell_who_is_connected_anywhere_s1_9_s1_10(
    start: Callable[..., LiveProcess], caller: Caller, business: Business, other: Business
) -> None:
    one, two = start(), start()
    clients = [one.connect(business.key), two.connect(business.key), two.connect(business.key, "luis")]
    foreign = two.connect(other.key, "eva")
    wait_for(lambda: caller.get("/api/v1/ws/stats").json["connections"] == 3)
    assert caller.get("/api/v1/ws/stats").json == {"connections": 3, "users": 2, "processes": 2, "sequence": 0}
    status = caller.get("/api/v1/ws/status/ana").json
    assert (status["connected"], status["connections"], status["since"] is None) == (True, 2, False)
    nobody = {"user_id": "eva", "connected": False, "connections": 0, "since": None}
    assert caller.get("/api/v1/ws/status/eva").json == nobody
    for client in (*clients, foreign):
        client.socket.close()
    wait_for(lambda: caller.get("/api/v1/ws/stats").json["connections"] == 0)
