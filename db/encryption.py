"""Authenticated encryption of secrets at rest: AES-256-GCM, with key ids so that keys can be rotated."""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = "v1"
_KEY_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D: 96-bit nonces; random ones are safe far beyond the number of our rows


class EncryptionError(Exception):
    """A key is malformed, or no key decrypts a stored secret."""


class Keyring:
    """The first key encrypts, all of them decrypt."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take keys as url-safe base64 of 32 bytes each.

        Raises:
            EncryptionError: no key, or one that is not 32 bytes of url-safe base64.
        """
        if not keys:
            raise EncryptionError("WHATSAPP_ENCRYPTION_KEY is not set: give 32 random bytes in url-safe base64.")
        self._ciphers = {_key_id(raw): AESGCM(raw) for raw in map(_decode_key, keys)}
        self._current = next(iter(self._ciphers))

    def encrypt(self, plain: str, purpose: str) -> str:
        """Return `plain` encrypted with the first key, bound to `purpose` (where it is stored)."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, plain.encode(), purpose.encode())
        return f"{_VERSION}.{self._current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    @property
    def current_prefix(self) -> str:
        """What every secret begins with that the first key encrypted."""
        return f"{_VERSION}.{self._current}."

    def decrypt(self, stored: str, purpose: str) -> str:
        """Return the secret that `encrypt` made.

        Raises:
            EncryptionError: unknown key id, another purpose, or altered content.
        """
        try:
            version, key_id, payload = stored.split(".", 2)
            raw = base64.urlsafe_b64decode(payload)
            if version != _VERSION:
                raise EncryptionError("A stored secret has an unknown format.")
            cipher = self._ciphers[key_id]
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode()
        except KeyError:
            raise EncryptionError(
                "A stored secret needs a key that is not in WHATSAPP_ENCRYPTION_KEY: add that key to the list."
            ) from None
        except (InvalidTag, ValueError):
            raise EncryptionError("A stored secret does not decrypt: it was altered or belongs elsewhere.") from None


def _decode_key(key: str) -> bytes:
    try:
        raw = base64.b64decode(key, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise EncryptionError("WHATSAPP_ENCRYPTION_KEY: each key must be 32 bytes in url-safe base64.")
    return raw


def _key_id(raw: bytes) -> str:
    return hashlib.sha256(b"paperboy key id" + raw).hexdigest()[:8]
