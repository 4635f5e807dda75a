"""Conversations as messages need them: found or made for whoever writes or is written to, and moved on by messages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.bulk import record_source, rows_parameter


@dataclass(slots=True, frozen=True)
class ThreadKey:
    """What a conversation is of: one of our numbers with a contact, or with a group."""

    tenant_id: UUID
    channel_id: UUID
    contact_id: UUID | None
    group_id: str | None


@dataclass(slots=True)
class _NewThread:
    id: UUID
    tenant_id: UUID
    channel_id: UUID
    contact_id: UUID | None
    group_id: str | None
    last_message_at: datetime


_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "channel_id": "uuid",
    "contact_id": "uuid",
    "group_id": "text",
    "last_message_at": "timestamptz",
}

_OPEN = text(f"""
WITH v AS (
    SELECT * FROM {record_source(_COLUMNS)}
), made AS (
    INSERT INTO conversations ({", ".join(_COLUMNS)}) SELECT * FROM v ORDER BY channel_id, contact_id, group_id
    ON CONFLICT DO NOTHING RETURNING id, tenant_id, channel_id, contact_id, group_id
)
SELECT * FROM made
UNION ALL
SELECT c.id, c.tenant_id, c.channel_id, c.contact_id, c.group_id FROM v JOIN conversations c
    ON c.channel_id = v.channel_id AND c.contact_id = v.contact_id
UNION ALL
SELECT c.id, c.tenant_id, c.channel_id, c.contact_id, c.group_id FROM v JOIN conversations c
    ON c.channel_id = v.channel_id AND c.group_id = v.group_id
""")


def open_threads(
    connection: Connection, threads: Collection[tuple[ThreadKey, UUID, datetime]]
) -> dict[ThreadKey, UUID]:
    """Return the conversations, made where they are missing: each key with an id for it and its first message's time.

    One that another transaction makes at this moment is missing from the answer; call again then.
    """
    rows = [
        _NewThread(thread_id, key.tenant_id, key.channel_id, key.contact_id, key.group_id, at)
        for key, thread_id, at in threads
    ]
    return {
        ThreadKey(row.tenant_id, row.channel_id, row.contact_id, row.group_id): row.id
        for row in connection.execute(_OPEN, rows_parameter(rows))
    }


@dataclass(slots=True)
class ThreadProgress:
    """What a batch of new messages does to a conversation."""

    id: UUID
    tenant_id: UUID
    unread: int
    window_closes_at: datetime | None
    last_message_at: datetime
    reopens: bool


_PROGRESS_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "unread": "int",
    "window_closes_at": "timestamptz",
    "last_message_at": "timestamptz",
    "reopens": "bool",
}

_ADVANCE = text(f"""
WITH v AS (
    SELECT * FROM {record_source(_PROGRESS_COLUMNS)}
), locked AS MATERIALIZED (
    SELECT c.id FROM conversations c JOIN v ON v.id = c.id AND v.tenant_id = c.tenant_id
    ORDER BY c.id FOR NO KEY UPDATE OF c
)
UPDATE conversations c SET
    unread = c.unread + v.unread,
    window_closes_at = GREATEST(c.window_closes_at, v.window_closes_at),
    last_message_at = GREATEST(c.last_message_at, v.last_message_at),
    state = CASE WHEN v.reopens THEN 'open' ELSE c.state END,
    closed_at = CASE WHEN v.reopens THEN NULL ELSE c.closed_at END,
    updated_at = now()
FROM v JOIN locked USING (id) WHERE c.id = locked.id
""")


def advance(connection: Connection, progress: Sequence[ThreadProgress]) -> None:
    """Move conversations on, each at most once in a batch; locked in order, so that batches never wait in a circle."""
    connection.execute(_ADVANCE, rows_parameter(progress))
