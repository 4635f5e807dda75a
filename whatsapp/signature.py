"""The signature of Meta's webhooks (Meta: Create a webhook endpoint).

The key is the app secret and the message is the body exactly as received. Meta escapes non-ASCII characters
before it signs, so a body that was decoded and encoded again no longer matches.
"""

import hmac
from collections.abc import Sequence

PREFIX = "sha256="
HEADER_LENGTH = len(PREFIX) + 64


def sign(body: bytes, secret: str) -> str:
    """Return the value of X-Hub-Signature-256 for a body: `sha256=` and 64 lower-case hexadecimal digits."""
    return PREFIX + hmac.digest(secret.encode(), body, "sha256").hex()


def matching_secret(body: bytes, header: str | None, secrets: Sequence[str]) -> int | None:
    """Return the index of the first secret that made this signature, or None.

    Args:
        body: the raw bytes of the request.
        header: X-Hub-Signature-256 as received; None when it is missing.
        secrets: the app secrets accepted at present, several while one is being rotated.
    """
    if header is None or len(header) != HEADER_LENGTH or not header.startswith(PREFIX) or not header.isascii():
        return None
    claimed = header.encode()
    matches = [hmac.compare_digest(sign(body, secret).encode(), claimed) for secret in secrets]
    return matches.index(True) if True in matches else None
