"""A process without the right encryption keys does not start: it could not send, and would pause every channel."""

import sys

from sqlalchemy.exc import SQLAlchemyError

from db import rotation
from db.encryption import EncryptionError, Keyring
from db.engine import build_engine
from observability.logging import get_logger
from settings import Settings

log = get_logger(__name__)


def require_keys(settings: Settings, process: str = "worker") -> None:
    """End the process with one line unless WHATSAPP_ENCRYPTION_KEY opens what is stored.

    While Postgres is away only the form of the keys is checked: a process must start without it.

    Args:
        settings: of this process.
        process: what it is, for the line.

    Raises:
        SystemExit: the keys are missing, malformed or wrong.
    """
    try:
        keyring = Keyring(settings.encryption_keys)
        _check_what_is_stored(settings, keyring, process)
    except EncryptionError as error:
        print(f"{process}: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _check_what_is_stored(settings: Settings, keyring: Keyring, process: str) -> None:
    if settings.database_url is None:
        return
    engine = build_engine(settings.database, pool_size=1)
    try:
        with engine.connect() as connection:
            rotation.check(connection, keyring)
    except SQLAlchemyError as error:
        log.warning("keys.not_checked", process=process, error=type(error).__name__)
    finally:
        engine.dispose()
