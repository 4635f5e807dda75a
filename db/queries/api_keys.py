"""API keys: by their digest, and as people see them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.api_keys import digest_of, prefix_of
from db.ids import new_id


@dataclass(slots=True, frozen=True)
class KnownKey:
    """A key that is not revoked, of a tenant that is not switched off."""

    id: UUID
    tenant_id: UUID
    name: str
    scopes: frozenset[str]
    expires_at: datetime | None


_FIND = text("""
SELECT k.id, k.tenant_id, k.name, k.scopes, k.expires_at FROM api_keys k JOIN tenants t ON t.id = k.tenant_id
WHERE k.digest = :digest AND k.revoked_at IS NULL AND t.is_active
""")


def find(connection: Connection, digest: bytes) -> KnownKey | None:
    """Return the key with this digest (db.api_keys.digest_of); None when it is not known, revoked or switched off."""
    row = connection.execute(_FIND, {"digest": digest}).first()
    return None if row is None else KnownKey(row.id, row.tenant_id, row.name, frozenset(row.scopes), row.expires_at)


_USABLE = text("""
SELECT k.id FROM api_keys k JOIN tenants t ON t.id = k.tenant_id
WHERE k.id = ANY(:ids) AND k.revoked_at IS NULL AND t.is_active AND (k.expires_at IS NULL OR k.expires_at > now())
""")


def usable(connection: Connection, key_ids: Collection[UUID]) -> set[UUID]:
    """Return those of keys that may still be used: not revoked, not expired, of a tenant that is not switched off."""
    return set(connection.execute(_USABLE, {"ids": list(key_ids)}).scalars())


_SHOWN = "id, name, prefix, scopes, created_at, created_by, last_used_at, expires_at, revoked_at"

_ADD = text(f"""
INSERT INTO api_keys (id, tenant_id, name, prefix, digest, scopes, expires_at, created_by)
VALUES (:id, :tenant_id, :name, :prefix, :digest, :scopes, :expires_at, :created_by) RETURNING {_SHOWN}
""")


def add(
    connection: Connection,
    tenant_id: UUID,
    key: str,
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    created_by: str,
) -> Row[Any]:
    """Store the digest of a new key and return it as people see it."""
    values = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "name": name,
        "prefix": prefix_of(key),
        "digest": digest_of(key),
        "scopes": list(scopes),
        "expires_at": expires_at,
        "created_by": created_by,
    }
    return connection.execute(_ADD, values).one()


_LIST = f"SELECT {_SHOWN} FROM api_keys WHERE tenant_id = :tenant_id {{conditions}} ORDER BY id DESC LIMIT :limit"


def list_newest(connection: Connection, tenant_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` keys of the tenant, newest first; only those below `before` when it is given."""
    conditions = "AND id < :before" if before is not None else ""
    query = text(_LIST.format(conditions=conditions))
    return connection.execute(query, {"tenant_id": tenant_id, "before": before, "limit": limit}).all()


_FIND_SHOWN = text(f"SELECT {_SHOWN} FROM api_keys WHERE tenant_id = :tenant_id AND id = :id")


def find_shown(connection: Connection, tenant_id: UUID, key_id: UUID) -> Row[Any] | None:
    """Return a key of the tenant as people see it."""
    return connection.execute(_FIND_SHOWN, {"tenant_id": tenant_id, "id": key_id}).first()


_BY_PREFIX = text(
    f"SELECT {_SHOWN} FROM api_keys WHERE tenant_id = :tenant_id AND prefix = :prefix AND revoked_at IS NULL"
)


def with_prefix(connection: Connection, tenant_id: UUID, prefix: str) -> Sequence[Row[Any]]:
    """Return the tenant's keys that are not revoked and begin so."""
    return connection.execute(_BY_PREFIX, {"tenant_id": tenant_id, "prefix": prefix}).all()


_REVOKE = text("""
UPDATE api_keys SET revoked_at = now() WHERE tenant_id = :tenant_id AND id = :id AND revoked_at IS NULL RETURNING name
""")


def revoke(connection: Connection, tenant_id: UUID, key_id: UUID) -> str | None:
    """Revoke a key and return its name; None when there is none, or it is revoked already."""
    revoked: str | None = connection.execute(_REVOKE, {"tenant_id": tenant_id, "id": key_id}).scalar()
    return revoked


_USED = text("""
UPDATE api_keys SET last_used_at = now()
WHERE id = ANY(:ids) AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
""")


def mark_used(connection: Connection, key_ids: Sequence[UUID]) -> None:
    """Note that keys were used now, unless that was noted within the last minute."""
    connection.execute(_USED, {"ids": list(key_ids)})
