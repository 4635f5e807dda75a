"""Connections to Postgres: one engine a process, made after the process forked."""

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.orm import Session, sessionmaker

from messaging.limits import DEFAULTS
from settings import get_settings

CONNECT_TIMEOUT_SECONDS = 2
"""libpq's smallest; a request must answer 503 within two seconds when Postgres is gone."""
KEEPALIVES: Mapping[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""libpq's: a Postgres whose machine is gone, and which closes nothing, is noticed within 45 s of silence, or 10 s after
something was sent to it."""
WEB_TIMEOUTS = (
    f"-c lock_timeout={DEFAULTS.web_lock_seconds:g}s -c statement_timeout={DEFAULTS.web_statement_seconds:g}s"
    " -c idle_in_transaction_session_timeout=10s"
)
WORKER_TIMEOUTS = (
    f"-c lock_timeout={DEFAULTS.worker_lock_seconds:g}s -c statement_timeout={DEFAULTS.worker_statement_seconds:g}s"
    " -c idle_in_transaction_session_timeout=30s"
)


def sqlalchemy_url(url: str) -> str:
    """Return a libpq address with the psycopg 3 driver named, as SQLAlchemy wants it."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def libpq_url(url: str) -> str:
    """Return an address without a driver name, as psycopg wants it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def build_engine(
    url: str, *, pool_size: int = 5, options: str = WORKER_TIMEOUTS, application: str = "paperboy"
) -> Engine:
    """Return an engine for `url`.

    Args:
        url: libpq address.
        pool_size: connections kept open at the most.
        options: server settings for each session (libpq's `options`).
        application: name shown in pg_stat_activity.
    """
    return create_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=2,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's text would tell phone numbers and messages to the log
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            **KEEPALIVES,
            "options": options,
            "application_name": application,
        },
    )


@lru_cache(maxsize=8)  # the few kinds of one process, and what a child inherited of its parent's
def _engine_of(pid: int, pool_size: int, options: str) -> Engine:
    return build_engine(get_settings().database, pool_size=pool_size, options=options)


def get_engine(*, pool_size: int = 5, options: str = WORKER_TIMEOUTS) -> Engine:
    """Return this process's engine; a forked child gets its own (libpq connections do not survive a fork)."""
    return _engine_of(os.getpid(), pool_size, options)


def new_session(engine: Engine | None = None) -> Session:
    """Return a session; use it as `with new_session() as session, session.begin():`."""
    return sessionmaker(engine or get_engine(), expire_on_commit=False)()
