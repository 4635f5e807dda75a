"""What commands share: settings, a transaction, refusals in one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

import click
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from db.channel_settings import ChannelNotFoundError, NumberTakenError
from db.encryption import EncryptionError, Keyring
from db.engine import build_engine
from messaging.violations import Violation
from settings import ConfigurationError, get_settings

ACTOR = "cli"

P = ParamSpec("P")
R = TypeVar("R")


def refusing(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command end with exit code 1 and one clear line when it cannot do what is asked."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (ConfigurationError, EncryptionError) as error:
            raise click.ClickException(str(error)) from None
        except Violation as violation:
            place = violation.at.replace("_", "-")
            raise click.ClickException(f"--{place}: {violation.detail}" if place else violation.detail) from None
        except ChannelNotFoundError:
            raise click.ClickException("There is no such channel of this tenant.") from None
        except NumberTakenError:
            raise click.ClickException("The number is connected already.") from None
        except SQLAlchemyError as error:
            name = type(getattr(error, "orig", None) or error).__name__
            raise click.ClickException(f"Postgres did not do it: {name}") from None

    return wrapped


@contextmanager
def engine() -> Iterator[Engine]:
    """Return an engine that is closed at the end."""
    made = build_engine(get_settings().database, pool_size=2)
    try:
        yield made
    finally:
        made.dispose()


@contextmanager
def transaction() -> Iterator[Connection]:
    """Return a connection whose statements are committed together."""
    with engine() as made, made.begin() as connection:
        yield connection


def keyring() -> Keyring:
    """Return the keys of the environment."""
    return Keyring(get_settings().encryption_keys)


_TENANT = text("SELECT id FROM tenants WHERE slug = :slug")


def tenant_id(connection: Connection, slug: str) -> UUID:
    """Return the id of a tenant by its short name.

    Raises:
        click.ClickException: there is none.
    """
    found: UUID | None = connection.execute(_TENANT, {"slug": slug}).scalar()
    if found is None:
        raise click.ClickException(f'There is no tenant "{slug}".')
    return found
