"""The commands' way to Postgres, and their refusals as one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final, ParamSpec, TypeVar

import click
from pydantic import SecretStr
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from db.changes.refusal import Refusal
from db.encryption import EncryptionError, Keyring
from db.engine import build_engine
from db.schema_version import is_current
from messaging.violations import Violation
from settings import DATABASE_URL_FILE, ENCRYPTION_KEY_FILE, ConfigurationError, Settings, get_settings

ACTOR: Final = "cli"

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def engine() -> Iterator[Engine]:
    """Return an engine that is closed at the end."""
    made = build_engine(settings_here().database, pool_size=2, application="paperboy command")
    try:
        yield made
    finally:
        made.dispose()


@contextmanager
def transaction() -> Iterator[Connection]:
    """Return a connection whose statements are committed together at the end, or not at all.

    Raises:
        ClickException: there is no database, or its schema is not this version's.
    """
    with engine() as made, made.begin() as connection:
        if not is_current(connection):
            raise click.ClickException("The schema is not this version's: run `python -m db.migrate`.")
        yield connection


def settings_here() -> Settings:
    """Return the settings; what is not given is what `make run` made in DATA_DIR.

    Raises:
        ConfigurationError: a variable is malformed.
    """
    given = get_settings()
    data_dir = given.data_dir.expanduser()
    kept: dict[str, object] = {}
    if given.database_url is None and (data_dir / DATABASE_URL_FILE).is_file():
        kept["database_url"] = SecretStr((data_dir / DATABASE_URL_FILE).read_text().strip())
    if not given.encryption_keys and (data_dir / ENCRYPTION_KEY_FILE).is_file():
        kept["whatsapp_encryption_key"] = (SecretStr((data_dir / ENCRYPTION_KEY_FILE).read_text().strip()),)
    return given.model_copy(update=kept)


def keyring() -> Keyring:
    """Return the keys that encrypt secrets.

    Raises:
        EncryptionError: WHATSAPP_ENCRYPTION_KEY is absent or malformed.
    """
    return Keyring(settings_here().encryption_keys)


def in_one_line(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command end with one clear line and exit code 1 when it is refused."""

    @wraps(command)
    def explained(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Refusal as refused:
            raise click.ClickException(_sentence(refused.detail)) from None
        except Violation as violation:
            place = f"--{violation.at.replace('_', '-')}: " if violation.at else ""
            raise click.ClickException(_sentence(place + violation.detail)) from None
        except (ConfigurationError, EncryptionError) as error:
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
