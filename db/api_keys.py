"""API keys as they are made, recognised and compared."""

import hashlib
import secrets

KEY_PREFIX = "pbk_"
"""Lets secret scanners and people recognise a key of Paperboy."""
SHOWN_CHARACTERS = 12
ALL_SCOPES = ("send", "read", "settings", "sessions")


def new_key() -> str:
    """Return a new random key (256 bits)."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def digest_of(key: str) -> bytes:
    """Return what is stored of a key: SHA-256, enough for random keys of this length."""
    return hashlib.sha256(key.encode()).digest()


def prefix_of(key: str) -> str:
    """Return the part that is shown to people: never more than half of the key."""
    return key[: min(SHOWN_CHARACTERS, len(key) // 2)]
