"""Is this the right password? The same answer after the same work, whatever is wrong."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db import passwords
from db.queries import audit, users
from messaging.people import canonical_login
from messaging.violations import Violation
from observability.logging import get_logger
from web.api.database import Database
from web.people import throttle

log = get_logger(__name__)


class WrongCredentialsError(Exception):
    """No such login, another password, switched off, not yet accepted: nobody is told which."""


@dataclass(frozen=True, slots=True, repr=False)
class Verified:
    """A user whose password was right, and how it was stored."""

    user: Any
    comparison: passwords.Comparison


def verify(database: Database, login: str, password: str, address: str) -> Verified:
    """Check a password.

    Args:
        database: of the app.
        login: as typed.
        password: as typed.
        address: of the caller.

    Raises:
        ThrottledError: too many attempts of the login or from the address.
        WrongCredentialsError: it is not right.
        BusyError: too many passwords are being compared.
    """
    wanted = _canonical(login)
    with database.connect() as connection:
        attempt = throttle.admit(connection, wanted, address)
        found = users.credentials(connection, wanted)
    comparison = passwords.compare(found.password_hash if found is not None else None, password)
    if found is None or not comparison.is_right or not found.may_log_in:
        _note_failure(database, wanted, attempt)
        raise WrongCredentialsError
    with database.connect() as connection:
        throttle.forgive(connection, attempt)
    return Verified(found, comparison)


def log_in(database: Database, verified: Verified) -> tuple[UUID, int]:
    """Note a login; return the user's id and the epoch of the session to begin.

    Raises:
        WrongCredentialsError: the password was changed, or the user switched off, since it was verified.
    """
    user = verified.user
    with database.transaction() as connection:
        epoch = users.note_login(
            connection, user.id, old_hash=user.password_hash, new_hash=verified.comparison.new_hash
        )
        if epoch is None:
            raise WrongCredentialsError
        audit.write(
            connection, user.tenant_id, actor=f"user:{user.login}", action="user.logged_in", target=str(user.id)
        )
    log.info("login.accepted", user_id=str(user.id))
    return user.id, epoch


def _canonical(login: str) -> str:
    try:
        return canonical_login(login)
    except Violation:
        return ""


def _note_failure(database: Database, login: str, attempt: throttle.Attempt) -> None:
    with database.connect() as connection:
        users.note_failure(connection, login, attempt.locked_until)
    log.info("login.refused", is_last=attempt.locked_until is not None)
