"""One database for all examples of a module: each has messages of its own."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, text

from db.engine import build_engine
from embedded.postgres import Postgres
from tests.rows import Place, add_channel
from tests.tasks.receipts.sent import Sent, forgotten

DATABASE = "receipt_orders"


@pytest.fixture(scope="module")
def module_engine(postgres_server: Postgres, migrated_template: str) -> Iterator[Engine]:
    """One database for all examples: each has messages of its own."""
    name, template = sql.Identifier(DATABASE), sql.Identifier(migrated_template)
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, template))
        engine = build_engine(postgres_server.url_of(DATABASE))
        yield engine
        engine.dispose()
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="module")
def number(module_engine: Engine) -> Place:
    with module_engine.begin() as connection:
        return add_channel(connection, throughput=1000)


@pytest.fixture
def message(module_engine: Engine, number: Place) -> Iterator[Sent]:
    """An accepted message; nothing of the test is kept."""
    with forgotten(module_engine) as connection:
        yield Sent(connection, number)


@pytest.fixture
def sending(module_engine: Engine, number: Place) -> Iterator[Sent]:
    """A message whose call is on its way, as its first attempt."""
    with forgotten(module_engine) as connection:
        made = Sent(connection, number, "queued")
        connection.execute(text("UPDATE messages SET attempt = 0 WHERE id = :id"), {"id": made.id})
        made.claim()
        yield made
