"""Secrets inside bodies: what is dropped before a body is stored, and what is sealed.

A QR and a pairing code log somebody in. They are stored encrypted, from the first moment on.
"""

import hashlib
import re
from collections.abc import Callable, Mapping

import orjson

from gateways.items import Json
from gateways.kinds import Kind
from wire.json_body import loads

Path = tuple[str, ...]

DROPPED: Mapping[Kind, tuple[Path, ...]] = {
    Kind.FOUNDING: (("apikey",),),
    Kind.WWEBJS: (("apikey",),),
    Kind.WAHA: (("apikey",),),
    # `apikey` may hold the instance's own token; base64 is the QR as a picture, which its code draws again.
    Kind.EVOLUTION: (("apikey",), ("data", "qrcode", "base64"), ("qrcode", "base64")),
    Kind.WPPCONNECT: (("apikey",), ("qrcode",)),
}

SEALED: Mapping[Kind, tuple[Path, ...]] = {
    Kind.FOUNDING: (("qr",), ("data", "qr"), ("data", "code")),
    Kind.WWEBJS: (("qr",), ("data", "qr"), ("data", "code")),
    Kind.WAHA: (),
    Kind.EVOLUTION: (("data", "qrcode", "code"), ("data", "qrcode", "pairingCode")),
    Kind.WPPCONNECT: (("urlcode",), ("phoneCode",)),
}

_SEALED = re.compile(r"sealed:(?P<digest>[0-9a-f]{32}):(?P<token>.+)", re.DOTALL)


def without_secrets(kind: Kind, body: bytes, seal: Callable[[str], str]) -> bytes:
    """Return a body as it may be stored; the same bytes when it holds no secret.

    Args:
        kind: whose body it is.
        body: as received.
        seal: encrypts one secret.
    """
    if not _may_hold_secret(kind, body):
        return body
    try:
        payload = loads(body)
    except ValueError:
        return body
    if not isinstance(payload, dict):
        return body
    dropped = [_drop(payload, path) for path in DROPPED[kind]]
    sealed = [_seal(payload, path, seal) for path in SEALED[kind]]
    return orjson.dumps(payload) if any(dropped + sealed) else body


def digest_of(secret: str) -> str:
    """Return what tells secrets apart without telling them, the same for one that is sealed and one that is not."""
    match = _SEALED.fullmatch(secret)
    return match["digest"] if match else hashlib.sha256(secret.encode()).hexdigest()[:32]


def sealed_token(secret: str) -> str | None:
    """Return the encrypted part of a sealed secret; None: it is not sealed."""
    match = _SEALED.fullmatch(secret)
    return match["token"] if match else None


def _may_hold_secret(kind: Kind, body: bytes) -> bool:
    names = {path[-1] for path in (*DROPPED[kind], *SEALED[kind])}
    return b"\\u" in body or any(f'"{name}"'.encode() in body for name in names)


def _parent(payload: Json, path: Path) -> Json | None:
    part: object = payload
    for name in path[:-1]:
        part = part.get(name) if isinstance(part, dict) else None
    return part if isinstance(part, dict) else None


def _drop(payload: Json, path: Path) -> bool:
    parent = _parent(payload, path)
    if parent is None or path[-1] not in parent:
        return False
    del parent[path[-1]]
    return True


def _seal(payload: Json, path: Path, seal: Callable[[str], str]) -> bool:
    parent = _parent(payload, path)
    secret = parent.get(path[-1]) if parent is not None else None
    if parent is None or not isinstance(secret, str) or not secret:
        return False
    parent[path[-1]] = f"sealed:{digest_of(secret)}:{seal(secret)}"
    return True
