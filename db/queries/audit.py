"""The audit log."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from db.ids import new_id

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
        details: no secret, body or phone number.
    """
    values = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "actor": actor,
        "action": action,
        "target": target,
        "details": orjson.dumps(details).decode(),
    }
    connection.execute(_WRITE, values)
