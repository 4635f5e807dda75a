"""Real Postgres and Redis for every test that asks for them; nothing of them is left afterwards."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
import redis
from psycopg import sql
from sqlalchemy import Engine

from embedded.postgres import Postgres
from embedded.redis import Redis
from tests.whole_machine import (
    pytest_collection_modifyitems,
    pytest_runtest_protocol,
    pytest_xdist_make_scheduler,
)

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_runtest_protocol",
    "pytest_xdist_make_scheduler",
]

TEMPLATE = "migrated"

hypothesis.settings.register_profile(
    "promises", deadline=None
)  # what must hold has nothing to do with the machine's speed
hypothesis.settings.load_profile("promises")

_COPY = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
"""Six times as fast as the default, which writes every page to the log (0.025 s against 0.15 s), on a server that neither
syncs nor has to survive."""

_database_numbers = itertools.count(1)


IN_MEMORY = Path("/dev/shm")
"""A database is some four hundred files, which are there in a twentieth of the time a disk takes."""
ENOUGH_MEMORY = 4 * 1024**3
"""Bytes: a server a worker, each with its log of at most 1 GB."""


@pytest.fixture(scope="session")
def server_dir() -> Iterator[Path]:
    """A directory for throwaway servers that any user of this machine can reach."""
    has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= ENOUGH_MEMORY
    directory = Path(tempfile.mkdtemp(prefix="paperboy-tests-", dir=IN_MEMORY if has_room else None))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def postgres_server(server_dir: Path) -> Iterator[Postgres]:
    """A Postgres server that lives as long as the test session."""
    server = Postgres(server_dir / "postgres", durable=False)
    server.start()
    yield server
    server.stop("immediate")


@pytest.fixture(scope="session")
def redis_server(server_dir: Path) -> Iterator[Redis]:
    """A Redis server that lives as long as the test session."""
    server = Redis(server_dir / "redis", appendonly=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_template(postgres_server: Postgres) -> str:
    """Name of a database that has the schema and nobody's rows."""
    from db.migrate import upgrade

    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    upgrade(postgres_server.url_of(TEMPLATE), partitions=range(2))  # each partition slows every copy down
    return TEMPLATE


@pytest.fixture
def database(postgres_server: Postgres, migrated_template: str) -> Iterator[str]:
    """Address of a fresh, migrated database of this test's own: postgresql://user:password@127.0.0.1:port/name."""
    name = sql.Identifier(f"test_{next(_database_numbers)}")
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(_COPY.format(name, sql.Identifier(migrated_template)))
        yield postgres_server.url_of(name.as_string(admin).strip('"'))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """Address of an empty Redis: redis://:password@127.0.0.1:port/0."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """An engine on this test's database, with the time limits of a worker."""
    from db.engine import build_engine

    engine = build_engine(database)
    yield engine
    engine.dispose()
