"""The API's connections: one statement is one round trip; a transaction is asked for by name.

An ordinary pool spends four round trips on one INSERT: a ping, BEGIN, the statement, COMMIT. Half of what it costs to
accept a send would be that.
"""

import select
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError, InvalidRequestError

from db.engine import CONNECT_TIMEOUT_SECONDS, KEEPALIVES, WEB_TIMEOUTS, sqlalchemy_url

POOL_SIZE = 10
"""Connections of one web process: its 32 threads share them, as Python runs one of them at a time. Two processes and
the workers stay far below Postgres's usual 100."""
POOL_TIMEOUT_SECONDS = 1.5
"""With the time to connect, a caller gets its 503 about two seconds after Postgres is gone."""


class PostgresGoneError(Exception):
    """Connections end as fast as they are made."""


class Database:
    """Connections to Postgres; the first is opened when it is needed, after any fork.

    Args:
        url: libpq address.
    """

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            sqlalchemy_url(url),
            isolation_level="AUTOCOMMIT",
            pool_size=POOL_SIZE,
            max_overflow=0,
            hide_parameters=True,  # they would tell phone numbers and texts to the log
            pool_timeout=POOL_TIMEOUT_SECONDS,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_SECONDS,
                **KEEPALIVES,
                "options": WEB_TIMEOUTS,
                "application_name": "paperboy api",
            },
        )
        self._transactional = self._engine.execution_options(isolation_level="READ COMMITTED")
        event.listen(self._engine, "checkout", _refuse_dead)

    def connect(self) -> AbstractContextManager[Connection]:
        """Return a connection on which every statement is committed by itself."""
        return _checked_out(self._engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Return a connection whose statements are committed together at the end, or not at all."""
        with _checked_out(self._transactional) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close what is idle."""
        self._engine.dispose()


def _checked_out(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except InvalidRequestError:  # the pool's word for several dead connections in a row
        raise PostgresGoneError from None


def _refuse_dead(connection: Any, _record: object, _proxy: object) -> None:
    """Postgres says nothing on an idle connection except that it ends: then the pool takes a new one."""
    watch = select.poll()
    watch.register(connection.pgconn.socket, select.POLLIN)
    if watch.poll(0):
        raise InvalidatePoolError  # what ended this one has most likely ended the others too
