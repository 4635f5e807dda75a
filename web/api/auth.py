"""Who calls: a Bearer API key, and what it may do. Registered once for a blueprint, never for a view."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

from flask import Blueprint, Flask, g, request

from db.api_keys import digest_of
from db.queries import api_keys
from db.queries.api_keys import KnownKey
from web.api.database import Database
from web.api.last_use import LastUse
from web.api.problems import Problem
from web.api.ttl_cache import TtlCache

CACHE_SECONDS = 5.0
"""A revoked key is refused after twice this at the latest; one that was tried before it was made is known after it."""
MOST_KEYS = 10_000

LOOKING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""
SETTINGS: Final = "settings"
"""The scope of blueprints that show or change who may do what, and with which credentials."""

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="paperboy"'}


class KeyRing:
    """API keys of one process, looked up by digest."""

    def __init__(self, database: Database, last_use: LastUse) -> None:
        self._database = database
        self._known: TtlCache[bytes, KnownKey] = TtlCache(CACHE_SECONDS, MOST_KEYS)
        # Apart from the known ones, which a flood of wrong keys would otherwise push out.
        self._unknown: TtlCache[bytes, bool] = TtlCache(CACHE_SECONDS, MOST_KEYS)
        self._last_use = last_use

    def find(self, key: str) -> KnownKey | None:
        """Return the key when it may be used now."""
        digest = digest_of(key)
        if self._unknown.fresh(digest):
            return None
        known = self._known.get(digest, self._load)
        if known is None or (known.expires_at is not None and known.expires_at <= datetime.now(UTC)):
            return None
        self._last_use.note(known.id)
        return known

    def _load(self, digest: bytes) -> KnownKey | None:
        with self._database.connect() as connection:
            found = api_keys.find(connection, digest)
        if found is None:
            self._unknown.put(digest, True)
        return found


def protect(blueprint: Blueprint, *, looking: str = "read", changing: str = "send") -> None:
    """Let only callers with a key and the right scope through to a blueprint.

    Args:
        blueprint: before it is registered.
        looking: scope for methods that change nothing.
        changing: scope for all others.
    """
    blueprint.before_request(partial(_require_scope, looking, changing))


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


def current_key_id() -> UUID:
    """Return the id of the caller's key, on a protected route."""
    key_id: UUID = g.api_key.id
    return key_id


def _bearer() -> str:
    given = request.authorization
    return given.token or "" if given is not None and given.type == "bearer" else ""


def _require_scope(looking: str, changing: str) -> None:
    key = current_key()
    if key is None:
        raise Problem(401, detail="Give a valid API key: Authorization: Bearer <key>.", headers=dict(CHALLENGE))
    scope = looking if request.method in LOOKING else changing
    if scope not in key.scopes:
        raise Problem(403, detail=f'The API key lacks the scope "{scope}".')
