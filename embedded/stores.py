"""Postgres and Redis of a run: the given ones, else embedded ones."""

from collections.abc import Callable
from urllib.parse import urlsplit

import psycopg
from kombu import Connection
from kombu.exceptions import KombuError

from embedded.environment import Stores
from embedded.failure import StartFailure
from embedded.postgres import Postgres
from embedded.redis import Redis
from settings import Settings

CONNECT_SECONDS = 5

Start = Callable[[str, Postgres | Redis], None]
"""Starts an embedded server under a name and takes over its end."""


def provide_stores(settings: Settings, start: Start) -> Stores:
    """Check the given stores and start the absent ones.

    Args:
        settings: with an absolute `data_dir`.
        start: called for each server that this run needs.

    Raises:
        StartFailure: a given store cannot be reached, or a server cannot be started.
    """
    database_url = _given_database(settings) or _embedded_database(settings, start)
    broker_url, redis_url = _given_broker(settings), _given_redis(settings)
    if broker_url and redis_url:
        return Stores(database_url, broker_url, redis_url)
    embedded_url = _embedded_redis(settings, start)
    return Stores(database_url, broker_url or embedded_url, redis_url or embedded_url)


def _given_database(settings: Settings) -> str | None:
    if settings.database_url is None:
        return None
    url = settings.database_url.get_secret_value()
    try:
        psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        raise StartFailure(_unreachable("DATABASE_URL", url, str(error), "an embedded Postgres")) from None
    return url


def _given_broker(settings: Settings) -> str | None:
    if settings.broker_url is None:
        return None
    url = settings.broker_url.get_secret_value()
    _reach(url, "BROKER_URL")
    return url


def _given_redis(settings: Settings) -> str | None:
    if settings.redis_url is not None:
        url = settings.redis_url.get_secret_value()
        _reach(url, "REDIS_URL")
        return url
    broker = settings.broker_url.get_secret_value() if settings.broker_url else ""
    return broker if broker.startswith(("redis", "unix")) else None


def _reach(url: str, variable: str) -> None:
    try:
        with Connection(url, connect_timeout=CONNECT_SECONDS) as connection:
            connection.ensure_connection(max_retries=1, interval_start=1)
    except (KombuError, OSError, KeyError, ValueError) as error:
        raise StartFailure(_unreachable(variable, url, str(error), "an embedded Redis")) from None


def _unreachable(variable: str, url: str, reason: str, alternative: str) -> str:
    first_line = (reason.strip().splitlines() or ["no answer"])[0]
    password = urlsplit(url).password
    if password is None and "@" in url:  # what a library quotes of it may be a part of the password
        shown = "user, password and host cannot be told apart; write special characters as %XX, for example %23 for #"
    else:
        shown = first_line.replace(password, "***") if password else first_line
    return f"{variable} cannot be reached: {shown}; correct it, or remove it to use {alternative}"


def _embedded_database(settings: Settings, start: Start) -> str:
    server = Postgres(settings.data_dir / "postgres", log=settings.data_dir / "logs" / "postgres.log")
    start("postgres", server)
    return server.url


def _embedded_redis(settings: Settings, start: Start) -> str:
    server = Redis(settings.data_dir / "redis", log=settings.data_dir / "logs" / "redis.log")
    start("redis", server)
    return server.url
