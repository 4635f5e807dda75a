"""Who calls: a Bearer API key, and what it may do. Registered once for a blueprint, never for a view."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

from flask import Blueprint, Flask, g, request

from db.api_keys import digest_of
from db.queries import api_keys
from db.queries.api_keys import KnownKey
from web.api.database import Database
from web.api.problems import Problem
from web.api.ttl_cache import TtlCache

CACHE_SECONDS = 5.0
"""A revoked key is refused after twice this at the latest."""
MOST_KEYS = 10_000

SCOPE_OF_METHOD: Final[Mapping[str, str]] = {"GET": "read", "HEAD": "read", "OPTIONS": "read", "POST": "send"}
"""POST sends or changes what is sent; everything else only looks."""

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="paperboy"'}


class KeyRing:
    """API keys of one process, looked up by digest."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: TtlCache[bytes, KnownKey] = TtlCache(CACHE_SECONDS, MOST_KEYS)

    def find(self, key: str) -> KnownKey | None:
        """Return the key when it may be used now."""
        known = self._known.get(digest_of(key), self._load)
        if known is None or (known.expires_at is not None and known.expires_at <= datetime.now(UTC)):
            return None
        return known

    def _load(self, digest: bytes) -> KnownKey | None:
        with self._database.connect() as connection:
            return api_keys.find(connection, digest)


SETTINGS_SCOPES: Final[Mapping[str, str]] = {"GET": "read", "HEAD": "read", "OPTIONS": "read"}
"""Where looking needs "read" and every change needs "settings"."""
ADMIN_SCOPES: Final[Mapping[str, str]] = {}
"""Where even looking needs "settings"."""


def protect(blueprint: Blueprint, scopes: Mapping[str, str] = SCOPE_OF_METHOD, otherwise: str = "send") -> None:
    """Let only callers with a key and the scope of the method through to a blueprint.

    Args:
        blueprint: before it is registered.
        scopes: method → scope.
        otherwise: scope of all other methods.
    """
    blueprint.before_request(partial(_require_scope, scopes, otherwise))


def identify(app: Flask, protected: Callable[[str | None], bool], find: Callable[[str], KnownKey | None]) -> None:
    """Look the caller up before anything else is decided (the rate limit counts by key)."""

    @app.before_request
    def _identify() -> None:
        given = _bearer() if protected(request.blueprint) else ""
        g.api_key = find(given) if given else None


def current_key() -> KnownKey | None:
    """Return the caller's key; None: not known, or a public route."""
    key: KnownKey | None = g.get("api_key")
    return key


def current_actor() -> str:
    """Return who the audit log shall name, on a protected route."""
    return f"key:{g.api_key.name}"


def current_tenant() -> UUID:
    """Return the caller's tenant, on a protected route."""
    tenant_id: UUID = g.api_key.tenant_id
    return tenant_id


def _bearer() -> str:
    given = request.authorization
    return given.token or "" if given is not None and given.type == "bearer" else ""


def _require_scope(scopes: Mapping[str, str], otherwise: str) -> None:
    key = current_key()
    if key is None:
        raise Problem(401, detail="Give a valid API key: Authorization: Bearer <key>.", headers=dict(CHALLENGE))
    scope = scopes.get(request.method, otherwise)
    if scope not in key.scopes:
        raise Problem(403, detail=f'The API key lacks the scope "{scope}".')
