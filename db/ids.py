"""Identifiers: UUIDv7 (RFC 9562), so that ids sort by the time they were made."""

import secrets
from datetime import datetime
from uuid import UUID

from uuid_utils import compat

_RANDOM_BITS = 80


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return compat.uuid7()


def first_id_at(moment: datetime) -> UUID:
    """Return the smallest id that could have been made at `moment` (aware): a bound for keyset queries by time.

    Before 1970 there are none: then the smallest of all.
    """
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return UUID(int=milliseconds << _RANDOM_BITS)


def id_at(moment: datetime) -> UUID:
    """Return a new UUIDv7 as if made at `moment` (aware): imported rows sort among those of their time."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    above, below = secrets.randbits(12), secrets.randbits(62)
    return UUID(int=milliseconds << _RANDOM_BITS | 0x7 << 76 | above << 64 | 0b10 << 62 | below)
