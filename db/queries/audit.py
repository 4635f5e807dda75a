"""The audit log."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, text

from db.ids import new_id
from db.redaction import redacted

_WRITE = text("""
INSERT INTO audit_log (id, tenant_id, actor, action, target, details)
VALUES (:id, :tenant_id, :actor, :action, :target, CAST(:details AS jsonb))
""")


def write(connection: Connection, tenant_id: UUID, *, actor: str, action: str, target: str, **details: Any) -> None:
    """Add a line, in the transaction of what it tells.

    Args:
        connection: in a transaction.
        tenant_id: whose log.
        actor: such as "key:bootstrap" or "rule:unknown".
        action: such as "message.settled".
        target: the id of what was changed.
        details: no body or phone number; secrets that come here by mistake are hidden.
    """
    values = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "actor": actor,
        "action": action,
        "target": redacted(target),
        "details": orjson.dumps(redacted(details), default=str).decode(),
    }
    connection.execute(_WRITE, values)


_LIST = """
SELECT id, at, actor, action, target, details FROM audit_log WHERE tenant_id = :tenant_id {conditions}
ORDER BY id DESC LIMIT :limit
"""


def list_newest(connection: Connection, tenant_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` lines of the tenant, newest first; only those below `before` when it is given."""
    conditions = "AND id < :before" if before is not None else ""
    query = text(_LIST.format(conditions=conditions))
    return connection.execute(query, {"tenant_id": tenant_id, "before": before, "limit": limit}).all()
