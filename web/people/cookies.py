"""The session cookie of the pages: signed with keys of its own, invisible to scripts and to other sites' forms."""

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface

from db.encryption import Keyring
from settings import Settings

NAME: Final = "paperboy_session"
IDLE_FOR: Final = timedelta(hours=12)
"""A session that nobody uses ends after this."""
_PURPOSE: Final = b"paperboy session cookies v1"
_KEY_BYTES: Final = 32


class CookieSessions(SecureCookieSessionInterface):
    """Flask's own, for the prefix under which the pages are reached: other services on the host see no cookie."""

    def get_cookie_path(self, app: Flask) -> str:
        """Return the path that the cookie is for."""
        return f"{request.script_root}/"


def install_cookies(app: Flask, settings: Settings) -> None:
    """Sign, date and restrict the app's session cookie.

    Raises:
        EncryptionError: WHATSAPP_ENCRYPTION_KEY is absent or malformed.
    """
    current, *earlier = session_keys(settings.encryption_keys)
    app.config.update(
        SECRET_KEY=current,
        SECRET_KEY_FALLBACKS=earlier,
        SESSION_COOKIE_NAME=NAME,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.env == "production",
        PERMANENT_SESSION_LIFETIME=IDLE_FOR,
    )
    app.session_interface = CookieSessions()


def session_keys(encryption_keys: Sequence[str]) -> list[bytes]:
    """Return a key for cookies from each key for secrets (HKDF, RFC 5869), in the same order.

    Neither tells anything about the other; rotating the one rotates the other.

    Raises:
        EncryptionError: there is none, or one is malformed.
    """
    Keyring(encryption_keys)
    return [_derived(base64.urlsafe_b64decode(key)) for key in encryption_keys]


def _derived(key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE).derive(key)
