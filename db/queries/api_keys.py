"""API keys by their digest."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(slots=True, frozen=True)
class KnownKey:
    """A key that is not revoked."""

    id: UUID
    tenant_id: UUID
    name: str
    scopes: frozenset[str]
    expires_at: datetime | None


_FIND = text(
    "SELECT id, tenant_id, name, scopes, expires_at FROM api_keys WHERE digest = :digest AND revoked_at IS NULL"
)


def find(connection: Connection, digest: bytes) -> KnownKey | None:
    """Return the key with this digest (db.api_keys.digest_of); None when it is not known or revoked."""
    row = connection.execute(_FIND, {"digest": digest}).first()
    return None if row is None else KnownKey(row.id, row.tenant_id, row.name, frozenset(row.scopes), row.expires_at)
