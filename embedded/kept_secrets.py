"""Secrets that are generated once and kept, readable by their owner only."""

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path


def password() -> str:
    """Return a new password of 24 random bytes that needs no escaping in a URL."""
    return secrets.token_urlsafe(24)


def encryption_key() -> str:
    """Return a new key of 32 random bytes in url-safe base64."""
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def kept_secret(path: Path, generate: Callable[[], str]) -> str:
    """Return the secret kept in `path`, made by `generate` and written with mode 0600 the first time."""
    if not path.exists():
        keep(path, generate())
    return path.read_text().strip()


def keep(path: Path, text: str) -> None:
    """Write a secret with mode 0600, in place of the one before it."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
    unfinished.rename(path)
