"""The tasks of housekeeping find this test's database, the broker and the simulator, as in a worker."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

import db.engine
from db.engine import get_engine
from embedded.redis import Redis
from settings import get_settings
from simulator import defaults
from tasks import graph_clients, housekeeping
from tests.rows import Place, add_channel
from tests.simulator.meta import Meta
from tests.tasks.housekeeping.state import KEY, sealed

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
