"""`python -m db.migrate`: bring the schema up to date and make sure that a first tenant, channel and key exist."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from db.bootstrap import bootstrap
from db.encryption import EncryptionError
from db.engine import build_engine
from db.queries.partitions import DAYS, create_partitions
from observability.logging import configure_logging, get_logger
from settings import ConfigurationError, get_settings

ADVISORY_LOCK = 7_261_001
"""Any constant of our own: two processes that migrate at once take turns."""
LOCK_TIMEOUT = "-c lock_timeout=60s"


def alembic_config() -> Config:
    """Return Alembic's configuration with absolute paths, usable from any working directory."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def upgrade(url: str, revision: str = "head", partitions: Iterable[int] = DAYS) -> None:
    """Migrate the database at `url` to `revision` and make the partitions of the coming days.

    Args:
        url: Postgres address.
        revision: where to go.
        partitions: which days get a partition, counted from today.
    """
    engine = build_engine(url, options=LOCK_TIMEOUT)
    try:
        with engine.connect() as connection, _one_at_a_time(connection):
            _alembic(connection, lambda config: command.upgrade(config, revision))
            create_partitions(connection, partitions)
            connection.commit()
    finally:
        engine.dispose()


@contextmanager
def _one_at_a_time(connection: Connection) -> Iterator[None]:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()


def downgrade(url: str, revision: str = "base") -> None:
    """Take the database at `url` back to `revision`."""
    engine = build_engine(url, options=LOCK_TIMEOUT)
    with engine.connect() as connection:
        _alembic(connection, lambda config: command.downgrade(config, revision))
    engine.dispose()


def _alembic(connection: Connection, run: Callable[[Config], None]) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    run(config)
    connection.commit()


def main() -> int:
    """Migrate and bootstrap; one clear line and exit code 1 when it cannot be done."""
    argparse.ArgumentParser(prog="python -m db.migrate", description=__doc__).parse_args()
    try:
        settings = get_settings()
        upgrade(settings.database)
        for line in bootstrap(settings):
            _say(line)
    except (ConfigurationError, EncryptionError, SQLAlchemyError, CommandError) as error:
        _say(f"migrate: {_explained(error)}", is_error=True)
        return 1
    _say("migrate: the schema is current")
    return 0


def _say(line: str, *, is_error: bool = False) -> None:
    """Print a line for people; in production it is a line of the log."""
    if _env() != "production":
        print(line, file=sys.stderr if is_error else None)
        return
    configure_logging("production")
    log = get_logger("migrate")
    (log.error if is_error else log.info)(line.removeprefix("migrate: "))


def _env() -> str:
    try:
        return get_settings().env
    except ConfigurationError:
        return os.environ.get("ENV", "")


def _explained(error: Exception) -> str:
    """Return one line without addresses and statements, which may hold secrets."""
    match error:
        case ArgumentError():
            return "DATABASE_URL is no address: give postgresql://user:password@host:5432/database."
        case DBAPIError():
            what = "refused" if getattr(error.orig, "sqlstate", None) else "cannot be reached"
            return f"Postgres {what}: {_first_line(error.orig)}"
        case CommandError():
            return f"this version does not know the schema: {_first_line(error)}"
    return _first_line(error)


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0]


if __name__ == "__main__":
    raise SystemExit(main())
