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
_CONDITIONS = {
    "before": "AND id < :before",
    "action": "AND action = :action",
    "actor": "AND position(lower(:actor) IN lower(actor)) > 0",
}


def list_newest(
    connection: Connection,
    tenant_id: UUID,
    *,
    before: UUID | None,
    limit: int,
    action: str | None = None,
    actor: str | None = None,
) -> Sequence[Row[Any]]:
    """Return lines of the tenant, newest first.

    Args:
        connection: to Postgres.
        tenant_id: whose log.
        before: only lines below this one.
        limit: the most lines.
        action: only this one.
        actor: only actors that have this in their name.
    """
    wanted = {"before": before, "action": action, "actor": actor}
    conditions = " ".join(_CONDITIONS[name] for name, value in wanted.items() if value is not None)
    query = text(_LIST.format(conditions=conditions))
    return connection.execute(query, {"tenant_id": tenant_id, "limit": limit, **wanted}).all()
