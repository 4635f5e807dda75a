"""Webhook items that were stored as events: list them, find them, replay them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

_SHOWN = """
id, state, kind, field, reason, detail, at, waba_id, phone_number_id, replays, created_at, updated_at
"""

_LIST = """
SELECT {shown} FROM events WHERE tenant_id = :tenant_id {conditions} ORDER BY id DESC LIMIT :limit
"""


def list_newest(
    connection: Connection, tenant_id: UUID, *, state: str | None, before: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Return up to `limit` events of the tenant, newest first.

    Args:
        connection: to Postgres.
        tenant_id: whose events.
        state: stored, unhandled, failed or replayed; None: any.
        before: only ids below this one (the cursor).
        limit: the most rows.
    """
    by_state = "AND state = :state" if state is not None else ""
    by_cursor = "AND id < :before" if before is not None else ""
    query = text(_LIST.format(shown=_SHOWN, conditions=f"{by_state} {by_cursor}"))
    return connection.execute(query, {"tenant_id": tenant_id, "state": state, "before": before, "limit": limit}).all()


_FIND = text(f"SELECT {_SHOWN}, envelope FROM events WHERE tenant_id = :tenant_id AND id = :id")


def find(connection: Connection, tenant_id: UUID, event_id: UUID) -> Row[Any] | None:
    """Return an event of the tenant with its payload."""
    return connection.execute(_FIND, {"tenant_id": tenant_id, "id": event_id}).first()


_LOCK = text("""
SELECT id, envelope, inbox_id, inbox_received_at FROM events WHERE tenant_id = :tenant_id AND id = :id FOR UPDATE
""")


def lock(connection: Connection, tenant_id: UUID, event_id: UUID) -> Row[Any] | None:
    """Return what a replay of the event needs, and keep others from replaying it until the transaction ends."""
    return connection.execute(_LOCK, {"tenant_id": tenant_id, "id": event_id}).first()


_REPLAYED = text("""
UPDATE events SET state = 'replayed', replays = replays + 1, updated_at = now()
WHERE tenant_id = :tenant_id AND id = :id
""")


def mark_replayed(connection: Connection, tenant_id: UUID, event_id: UUID) -> None:
    """Note that the event's payload is in the inbox again."""
    connection.execute(_REPLAYED, {"tenant_id": tenant_id, "id": event_id})
