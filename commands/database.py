"""The commands' way to Postgres, and their refusals as one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final, ParamSpec, TypeVar

import click
from sqlalchemy import Connection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from db.changes.refusal import Refusal
from db.engine import build_engine
from db.schema_version import is_current
from messaging.violations import Violation
from settings import DATABASE_URL_FILE, ConfigurationError, Settings, get_settings

ACTOR: Final = "cli"

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def transaction() -> Iterator[Connection]:
    """Return a connection whose statements are committed together at the end, or not at all.

    Raises:
        ClickException: there is no database, or its schema is not this version's.
    """
    engine = build_engine(database_url(get_settings()), pool_size=1, application="paperboy command")
    try:
        with engine.begin() as connection:
            if not is_current(connection):
                raise click.ClickException("The schema is not this version's: run `python -m db.migrate`.")
            yield connection
    finally:
        engine.dispose()


def database_url(settings: Settings) -> str:
    """Return DATABASE_URL, else where the embedded Postgres of `make run` was started last.

    Raises:
        ConfigurationError: neither is known.
    """
    kept = settings.data_dir.expanduser() / DATABASE_URL_FILE
    if settings.database_url is None and kept.is_file():
        return kept.read_text().strip()
    return settings.database


def in_one_line(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command end with one clear line and exit code 1 when it is refused."""

    @wraps(command)
    def explained(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (Refusal, Violation) as refused:
            raise click.ClickException(_sentence(refused.detail)) from None
        except ConfigurationError as error:
            raise click.ClickException(str(error)) from None
        except ArgumentError:
            raise click.ClickException("DATABASE_URL is no address: give postgresql://user:password@host/db.") from None
        except SQLAlchemyError as error:
            raise click.ClickException(_trouble(error)) from None

    return explained


def _trouble(error: SQLAlchemyError) -> str:
    """Without the statement and the address, which may hold secrets."""
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None):
        return f"Postgres refused: {str(error.orig).strip().partition(chr(10))[0]}"
    return "Postgres cannot be reached: is it running (`make serve` starts one), and is DATABASE_URL right?"


def _sentence(detail: str) -> str:
    return f"{detail[:1].upper()}{detail[1:]}" + ("" if detail.endswith(".") else ".")
