"""Changing how long a tenant keeps things, with its audit line."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import Connection

from db.queries import audit, retention
from db.queries.retention import KeptDays


def change(connection: Connection, tenant_id: UUID, days: KeptDays, *, actor: str) -> None:
    """Set how long a tenant keeps things. What that makes too old is gone within hours, and cannot be had back.

    Args:
        connection: in a transaction.
        tenant_id: whose.
        days: all of them.
        actor: for the audit log.
    """
    before = retention.find(connection, tenant_id)
    if days != before:
        retention.put(connection, tenant_id, days)
        audit.write(
            connection, tenant_id, actor=actor, action="retention.changed", target=str(tenant_id),
            days=asdict(days), before=asdict(before),
        )  # fmt: skip
