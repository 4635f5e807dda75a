"""How often somebody may try a password: by login and by address, counted in Postgres for all processes together."""

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from db.queries import login_throttle

WINDOW: Final = timedelta(minutes=15)
MOST_OF_A_LOGIN: Final = 10
"""Attempts in a window: 960 guesses a day do not find a password of twelve characters."""
MOST_OF_AN_ADDRESS: Final = 30
"""An office behind one address has several people who mistype."""
SITE_BITS: Final = 64
"""IPv6: one customer has at least all the addresses of such a network (RFC 6177)."""


class ThrottledError(Exception):
    """Too many attempts; `seconds` until the next is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass(slots=True, frozen=True)
class Attempt:
    """One try that was let through and counted."""

    login: bytes
    address: bytes
    locked_until: datetime | None
    """Set when it was the login's last one for now."""


def admit(connection: Connection, login: str, address: str) -> Attempt:
    """Count an attempt before its password is looked at.

    Args:
        connection: on which each statement is committed by itself.
        login: as typed, canonical; unknown ones are counted alike.
        address: of the caller.

    Raises:
        ThrottledError: there were too many.
    """
    of_address, of_login = login_throttle.subject("address", _site(address)), login_throttle.subject("login", login)
    _count(connection, of_address, MOST_OF_AN_ADDRESS)
    counted = _count(connection, of_login, MOST_OF_A_LOGIN)
    is_last = counted.count == MOST_OF_A_LOGIN
    return Attempt(of_login, of_address, counted.ends_at if is_last else None)


def forgive(connection: Connection, attempt: Attempt) -> None:
    """Forget what the right password makes harmless."""
    login_throttle.forget(connection, attempt.login)
    login_throttle.take_back(connection, attempt.address)


def _count(connection: Connection, subject: bytes, most: int) -> login_throttle.Attempts:
    counted = login_throttle.count(connection, subject, WINDOW)
    if counted.count > most:
        raise ThrottledError(max(1, math.ceil(counted.seconds_left)))
    return counted


def _site(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:  # noqa: PLR2004 - the protocol's own number
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed), SITE_BITS), strict=False))
