"""Tenants."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ids import new_id

_ADD = text("""
INSERT INTO tenants (id, slug, name) VALUES (:id, :slug, :name) ON CONFLICT (slug) DO NOTHING RETURNING id
""")


def add(connection: Connection, slug: str, name: str) -> UUID | None:
    """Add a tenant and return its id; None when the slug is taken."""
    added: UUID | None = connection.execute(_ADD, {"id": new_id(), "slug": slug, "name": name}).scalar()
    return added


_FIND = text("SELECT id, slug, name, is_active, created_at FROM tenants WHERE slug = :slug")


def find(connection: Connection, slug: str) -> Row[Any] | None:
    """Return the tenant with this slug."""
    return connection.execute(_FIND, {"slug": slug}).first()


_LIST = text("""
SELECT t.id, t.slug, t.name, t.is_active, t.created_at, t.sessions_allowed,
    (SELECT count(*) FROM channels c WHERE c.tenant_id = t.id) AS channels,
    (SELECT count(*) FROM users u WHERE u.tenant_id = t.id AND u.is_active) AS users
FROM tenants t ORDER BY t.slug
""")


def list_all(connection: Connection) -> Sequence[Row[Any]]:
    """Return all tenants with the number of their channels and active users."""
    return connection.execute(_LIST).all()


_SESSIONS_ALLOWED = text("SELECT sessions_allowed FROM tenants WHERE id = :id")


def sessions_allowed(connection: Connection, tenant_id: UUID) -> int | None:
    """Return how many gateway sessions a tenant may have; None: any number."""
    allowed: int | None = connection.execute(_SESSIONS_ALLOWED, {"id": tenant_id}).scalar()
    return allowed


_ALLOW_SESSIONS = text("UPDATE tenants SET sessions_allowed = :allowed WHERE id = :id")


def allow_sessions(connection: Connection, tenant_id: UUID, allowed: int | None) -> None:
    """Set how many gateway sessions a tenant may have."""
    connection.execute(_ALLOW_SESSIONS, {"id": tenant_id, "allowed": allowed})


_LOCK = text("SELECT FROM tenants WHERE id = :id FOR NO KEY UPDATE")


def lock(connection: Connection, tenant_id: UUID) -> None:
    """Let changes that depend on all of a tenant's people take turns until the transaction ends."""
    connection.execute(_LOCK, {"id": tenant_id})
