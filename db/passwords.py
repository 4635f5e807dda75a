"""Passwords at rest: argon2id, with the same work for logins that do not exist."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

HASHES_AT_ONCE = 2
"""Of one process. Each takes 64 MiB: as many as there are threads would take 2 GiB and every core."""
WAIT_SECONDS = 3.0

NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$cGFwZXJib3kgbm9ib2R5cw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""What an unknown login's password is compared with: a hash with today's parameters that no password is known for."""

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_slots = threading.BoundedSemaphore(HASHES_AT_ONCE)


class BusyError(Exception):
    """More passwords are being compared than this process has memory for; try again in a moment."""


@dataclass(slots=True, frozen=True)
class Comparison:
    """Whether a password is right, and the hash to store instead when the parameters have changed since."""

    is_right: bool
    new_hash: str | None = None


def hashed(password: str) -> str:
    """Return what is stored of a password.

    Raises:
        BusyError: too many at once.
    """
    with _slot():
        return _hasher.hash(_canonical(password))


def compare(stored: str | None, password: str) -> Comparison:
    """Compare a password with what is stored; as much work when nothing is.

    Args:
        stored: None: there is no such login, or it has no password yet.
        password: as it was typed.

    Raises:
        BusyError: too many at once.
    """
    with _slot():
        is_right = _matches(stored or NOBODYS, password) and stored is not None
    is_old = is_right and stored is not None and _hasher.check_needs_rehash(stored)
    return Comparison(is_right, hashed(password) if is_old else None)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, _canonical(password))
    except (VerificationError, InvalidHashError):
        return False


def _canonical(password: str) -> str:
    """Keyboards write the same character in several ways (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", password)


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise BusyError
    try:
        yield
    finally:
        _slots.release()
