"""Proof of a webhook's origin: who posts is told by a secret, never by what a body or header claims to be.

Sources: WAHA "Webhooks" (X-Webhook-Hmac, its vector is a test), Evolution API webhook controller (jwt_key), the
founding receiver (three header names).
"""

import hmac
from collections.abc import Callable, Mapping, Sequence

import jwt

from gateways.kinds import Proof

SHA256_HEADERS = ("x-webhook-signature", "x-signature-256", "x-hub-signature-256")
SHA512_HEADER = "x-webhook-hmac"
KEY_HEADER = "x-api-key"
JWT_HEADER = "authorization"
BEARER = "bearer "
JWT_LEEWAY_SECONDS = 60
"""Two clocks; Evolution's tokens live ten minutes."""

Headers = Mapping[str, str]


def claim(proof: Proof, headers: Headers, url_secret: str | None) -> str | None:
    """Return what a request offers as its proof; None: nothing, which is told apart from something wrong (S3.35).

    Args:
        proof: of the registered source.
        headers: of the request, names in lower case.
        url_secret: `secret` of the query.
    """
    match proof:
        case Proof.HMAC_SHA256:
            return next((headers[name] for name in SHA256_HEADERS if headers.get(name)), None)
        case Proof.HMAC_SHA512:
            return headers.get(SHA512_HEADER) or None
        case Proof.JWT:
            return headers.get(JWT_HEADER) or None
        case Proof.SHARED_KEY:
            return headers.get(KEY_HEADER) or None
        case Proof.URL_SECRET:
            return url_secret or None


def matching_secret(proof: Proof, claimed: str, body: bytes, secrets: Sequence[str]) -> int | None:
    """Return the index of the first secret that makes this claim true, or None.

    Args:
        proof: of the registered source.
        claimed: what `claim` returned.
        body: raw.
        secrets: accepted at present, several while one is being rotated.
    """
    check = _CHECKS[proof]
    matches = [check(claimed, body, secret) for secret in secrets]
    return matches.index(True) if True in matches else None


def sign_sha256(body: bytes, secret: str) -> str:
    """Return `sha256=` and the hexadecimal HMAC, as the founding receiver took it."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def sign_sha512(body: bytes, secret: str) -> str:
    """Return the value of WAHA's X-Webhook-Hmac."""
    return hmac.digest(secret.encode(), body, "sha512").hex()


def _equal(claimed: str, expected: str) -> bool:
    return hmac.compare_digest(claimed.encode("utf-8", "replace"), expected.encode())


def _is_sha256(claimed: str, body: bytes, secret: str) -> bool:
    return _equal(claimed, sign_sha256(body, secret))


def _is_sha512(claimed: str, body: bytes, secret: str) -> bool:
    return _equal(claimed.lower(), sign_sha512(body, secret))


def _is_secret(claimed: str, _body: bytes, secret: str) -> bool:
    return _equal(claimed, secret)


def _is_evolution_jwt(claimed: str, _body: bytes, secret: str) -> bool:
    if not claimed.lower().startswith(BEARER):
        return False
    try:
        told = jwt.decode(
            claimed[len(BEARER) :],
            secret,
            algorithms=["HS256"],
            leeway=JWT_LEEWAY_SECONDS,
            options={"require": ["iat", "exp"], "enforce_minimum_key_length": False},
        )
    except jwt.InvalidTokenError:
        return False
    return told.get("app") == "evolution" and told.get("action") == "webhook"


_CHECKS: Mapping[Proof, Callable[[str, bytes, str], bool]] = {
    Proof.HMAC_SHA256: _is_sha256,
    Proof.HMAC_SHA512: _is_sha512,
    Proof.JWT: _is_evolution_jwt,
    Proof.SHARED_KEY: _is_secret,
    Proof.URL_SECRET: _is_secret,
}
