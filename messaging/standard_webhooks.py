"""How what is posted to tenants' systems is signed: Standard Webhooks 1.0."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

SECRET_PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Return a new secret in the form of Standard Webhooks."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """Return the header webhook-signature (Standard Webhooks 1.0: v1, HMAC-SHA256 over id.timestamp.body).

    Args:
        secret: as `new_secret` makes it.
        identity: header webhook-id.
        timestamp: Unix seconds, header webhook-timestamp.
        body: as posted.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join((identity.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
