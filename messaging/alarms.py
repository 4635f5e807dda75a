"""Alarms: their kinds, and how one is signed for the system that it is posted to."""

import base64
import hashlib
import hmac
import secrets
from enum import StrEnum
from typing import Final

SECRET_PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


class AlarmKind(StrEnum):
    """What happened."""

    SESSION_DISCONNECTED = "session.disconnected"
    """A session that was connected is not, and nobody here asked for it."""
    SESSION_CONNECTED = "session.connected"
    """One that was said to be disconnected is back."""
    SESSION_SILENT = "session.silent"
    """A session calls itself connected, and brings nothing for far longer than it usually does."""
    TEST = "test"


def new_secret() -> str:
    """Return a new secret in the form of Standard Webhooks."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, alarm_id: str, timestamp: int, body: bytes) -> str:
    """Return the header webhook-signature (Standard Webhooks 1.0: v1, HMAC-SHA256 over id.timestamp.body).

    Args:
        secret: as `new_secret` makes it.
        alarm_id: header webhook-id.
        timestamp: Unix seconds, header webhook-timestamp.
        body: as posted.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join((alarm_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
