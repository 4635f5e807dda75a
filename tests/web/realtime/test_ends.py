"""How connections end with the key that opened them, and that they do not end with Redis."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from websockets.exceptions import ConnectionClosed

from embedded.redis import Redis
from tests.db.conftest import new_encryption_key
from tests.web.api.world import Business, Caller
from tests.web.realtime.conftest import OWN_ORIGIN, Client, LiveProcess
from tests.web.realtime.test_doors import caller as caller  # noqa: PLC0414 - a fixture

Tell = Callable[..., UUID]
Start = Callable[..., LiveProcess]
KEY_ENDED = 4401
ENDINGS = {
    "revoked": "UPDATE api_keys SET revoked_at = now() WHERE tenant_id = :tenant",
    "expired": "UPDATE api_keys SET expires_at = now() WHERE tenant_id = :tenant",
    "switched off": "UPDATE tenants SET is_active = false WHERE id = :tenant",
}


def end(engine: Engine, business: Business, how: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(ENDINGS[how]), {"tenant": business.tenant_id})


def close_code(client: Client) -> int | None:
    with pytest.raises(ConnectionClosed) as closed:
        _hear_for_ever(client)
    return closed.value.rcvd.code if closed.value.rcvd else None


def _hear_for_ever(client: Client) -> None:
    while True:
        client.socket.recv(timeout=60)


@pytest.mark.parametrize("how", ENDINGS)
def test_a_connection_ends_soon_after_its_key(live: LiveProcess, engine: Engine, business: Business, how: str) -> None:
    client = live.connect(business.key)
    end(engine, business, how)
    assert close_code(client) == KEY_ENDED


def test_connections_of_other_keys_stay(
    live: LiveProcess, engine: Engine, business: Business, other: Business, tell: Tell
) -> None:
    ending, staying = live.connect(business.key), live.connect(other.key)
    end(engine, business, "revoked")
    assert close_code(ending) == KEY_ENDED
    tell("session_status", to=other)
    staying.hear_until(1)


def test_what_a_ticket_opened_ends_with_the_key_that_asked_for_it(
    live: LiveProcess, engine: Engine, business: Business, caller: Caller
) -> None:
    query = "?" + urlsplit(caller.post("/api/v1/ws/tickets", {"user_id": "ana"}).json["url"]).query
    client = live.connect(query=query, origin=OWN_ORIGIN)
    end(engine, business, "revoked")
    assert close_code(client) == KEY_ENDED


def test_redis_goes_away_and_connections_stay_and_miss_nothing(
    start: Start, business: Business, tell: Tell, server_dir: Path
) -> None:
    redis = Redis(server_dir / f"redis-{new_encryption_key()[:8].strip('-_')}", appendonly=False)
    redis.start()
    live = start(BROKER_URL=redis.url, REDIS_URL=redis.url)
    client = live.connect(business.key)
    tell("session_status")
    client.hear_until(1)
    redis.stop()
    tell("session_status")
    client.hear_until(2)
    late = live.connect(business.key, "luis", query="?after=0")
    expected = [(1, "session_status"), (2, "session_status")]
    assert client.events == late.events == expected
    assert live.popen.poll() is None
