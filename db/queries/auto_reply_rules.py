"""Rules as people manage them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ids import new_id

_COLUMNS = "id, position, name, match, pattern, answer, once_per_seconds, during, is_active, created_at, updated_at"

_LIST = text(f"SELECT {_COLUMNS} FROM auto_reply_rules WHERE tenant_id = :tenant_id ORDER BY position, id LIMIT 500")
_FIND = text(f"SELECT {_COLUMNS} FROM auto_reply_rules WHERE tenant_id = :tenant_id AND id = :id")
_ADD = text(f"""
INSERT INTO auto_reply_rules
    (id, tenant_id, position, name, match, pattern, answer, once_per_seconds, during, is_active)
VALUES (:id, :tenant_id, coalesce(:position, (
    SELECT coalesce(max(position), 0) + 1 FROM auto_reply_rules WHERE tenant_id = :tenant_id
)), :name, :match, :pattern, :answer, :once_per_seconds, :during, :is_active)
RETURNING {_COLUMNS}
""")
_REPLACE = text(f"""
UPDATE auto_reply_rules SET position = coalesce(:position, position), name = :name, match = :match, pattern = :pattern,
    answer = :answer, once_per_seconds = :once_per_seconds, during = :during, is_active = :is_active, updated_at = now()
WHERE tenant_id = :tenant_id AND id = :id RETURNING {_COLUMNS}
""")
_REMOVE = text("DELETE FROM auto_reply_rules WHERE tenant_id = :tenant_id AND id = :id")


def list_all(connection: Connection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Return the rules of a tenant in the order in which they are asked."""
    return connection.execute(_LIST, {"tenant_id": tenant_id}).all()


def find(connection: Connection, tenant_id: UUID, rule_id: UUID) -> Row[Any] | None:
    """Return a rule of the tenant."""
    return connection.execute(_FIND, {"tenant_id": tenant_id, "id": rule_id}).first()


def add(connection: Connection, tenant_id: UUID, values: dict[str, Any]) -> Row[Any]:
    """Add a rule; without a `position` it is asked last."""
    return connection.execute(_ADD, {**values, "tenant_id": tenant_id, "id": new_id()}).one()


def replace(connection: Connection, tenant_id: UUID, rule_id: UUID, values: dict[str, Any]) -> Row[Any] | None:
    """Give a rule other values; None when there is none."""
    return connection.execute(_REPLACE, {**values, "tenant_id": tenant_id, "id": rule_id}).first()


def remove(connection: Connection, tenant_id: UUID, rule_id: UUID) -> bool:
    """Remove a rule; False when there is none."""
    return connection.execute(_REMOVE, {"tenant_id": tenant_id, "id": rule_id}).rowcount > 0
