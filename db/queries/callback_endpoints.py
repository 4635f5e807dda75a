"""Where tenants take alarms: one address each."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ids import new_id

_SET = text("""
INSERT INTO callback_endpoints (id, tenant_id, url, secret) VALUES (:id, :tenant_id, :url, :secret)
ON CONFLICT (tenant_id) DO UPDATE SET url = excluded.url, secret = excluded.secret, created_at = now()
""")


def put(connection: Connection, tenant_id: UUID, url: str, secret: str) -> None:
    """Set a tenant's address and the secret (encrypted) that signs what goes there."""
    connection.execute(_SET, {"id": new_id(), "tenant_id": tenant_id, "url": url, "secret": secret})


_FIND = text("SELECT url, created_at FROM callback_endpoints WHERE tenant_id = :tenant_id")


def find(connection: Connection, tenant_id: UUID) -> Row[Any] | None:
    """Return a tenant's address, without its secret."""
    return connection.execute(_FIND, {"tenant_id": tenant_id}).first()


_REMOVE = text("""
WITH given_up AS (
    UPDATE alarms SET delivery = 'none', due_at = NULL WHERE tenant_id = :tenant_id AND delivery = 'waiting'
)
DELETE FROM callback_endpoints WHERE tenant_id = :tenant_id
""")


def remove(connection: Connection, tenant_id: UUID) -> bool:
    """Forget a tenant's address; what waits for it is posted no more. False: there was none."""
    return connection.execute(_REMOVE, {"tenant_id": tenant_id}).rowcount > 0
