"""Messages: store new ones, find them, list them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ids import first_id_at
from db.queries.bulk import record_source, rows_parameter
from db.queries.live_events import told_rows
from db.queries.outbox import queue_rows


@dataclass(slots=True, frozen=True, kw_only=True)
class NewMessage:
    """An outbound message to be queued; `content` is Meta's message body without addressee."""

    id: UUID
    tenant_id: UUID
    channel_id: UUID
    type: str
    status: str
    """queued | scheduled"""
    contact_phone: str | None
    contact_bsuid: str | None = None
    contact_name: str | None = None
    text: str | None = None
    content: dict[str, Any]
    client_reference: str | None = None
    request_id: str | None = None
    conversation_id: UUID | None = None
    source: str | None = None
    """auto_reply; None: the API was called."""
    context_wamid: str | None = None
    """The message this answers."""
    document_id: UUID | None = None
    step: str | None = None
    scheduled_at: datetime | None = None
    created_at: datetime


_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "channel_id": "uuid",
    "type": "text",
    "status": "text",
    "contact_phone": "text",
    "contact_bsuid": "text",
    "contact_name": "text",
    "text": "text",
    "content": "jsonb",
    "client_reference": "text",
    "request_id": "text",
    "conversation_id": "uuid",
    "source": "text",
    "context_wamid": "text",
    "document_id": "uuid",
    "step": "text",
    "scheduled_at": "timestamptz",
    "created_at": "timestamptz",
}

STORE_AND_QUEUE = f"""
stored AS (
    INSERT INTO messages ({", ".join(_COLUMNS)}, direction)
    SELECT v.*, 'outbound' FROM {record_source(_COLUMNS)} {{condition}}
    ON CONFLICT (document_id, step, contact_phone) WHERE document_id IS NOT NULL DO NOTHING
    RETURNING id, tenant_id, channel_id, contact_phone, contact_bsuid, content, scheduled_at, conversation_id,
        direction, type, source
), threads AS MATERIALIZED (
    SELECT c.id FROM conversations c WHERE c.id IN (SELECT conversation_id FROM stored)
    ORDER BY c.id FOR NO KEY UPDATE
), moved AS (
    UPDATE conversations c SET last_message_at = GREATEST(c.last_message_at, now()), updated_at = now()
    FROM threads WHERE c.id = threads.id
), told AS (
    {told_rows("stored")}
)
{queue_rows("stored")}
RETURNING message_id
"""
"""Storing, queueing and telling as one statement: every round trip counts where hundreds of sends a second are
accepted. Threads are locked in the order of their ids, so that two requests never wait for each other in a circle."""

_QUEUE = text(f"WITH {STORE_AND_QUEUE.format(condition='')}")


def queue(connection: Connection, messages: Sequence[NewMessage]) -> list[UUID]:
    """Store messages and put them on the outbox; return the ids of those that were.

    One whose document went, or is going, to its recipient in this step before is left out.
    """
    return list(connection.execute(_QUEUE, message_rows(messages)).scalars())


def message_rows(messages: Sequence[NewMessage]) -> dict[str, str]:
    """Return the parameter of STORE_AND_QUEUE, always in the order of recipients: two requests for the same ones never
    wait for each other in a circle."""
    return rows_parameter(sorted(messages, key=lambda one: one.contact_phone or ""))


SHOWN = """
m.id, m.wamid, m.direction, m.type, m.status, m.contact_phone, m.contact_bsuid, m.text, m.client_reference,
m.document_id, m.conversation_id, m.content -> 'template' ->> 'name' AS template_name,
m.content -> 'template' -> 'language' ->> 'code' AS template_language,
m.scheduled_at, m.accepted_at, m.held_at, m.sent_at, m.delivered_at, m.read_at, m.played_at, m.failed_at,
m.cancelled_at, m.cleared_at, m.error_code, m.error_title, m.error_detail, m.anomaly, m.created_at, m.updated_at
"""

_FIND = text(f"SELECT {SHOWN} FROM messages m WHERE m.tenant_id = :tenant_id AND m.id = :id")
_FIND_BY_WAMID = text(f"""
SELECT {SHOWN} FROM messages m JOIN channels c ON c.id = m.channel_id AND c.tenant_id = :tenant_id
WHERE m.tenant_id = :tenant_id AND m.wamid = :wamid
""")


def find(connection: Connection, tenant_id: UUID, message_id: UUID) -> Row[Any] | None:
    """Return a message of the tenant by our id."""
    return connection.execute(_FIND, {"tenant_id": tenant_id, "id": message_id}).first()


def find_by_wamid(connection: Connection, tenant_id: UUID, wamid: str) -> Row[Any] | None:
    """Return a message of the tenant by Meta's id."""
    return connection.execute(_FIND_BY_WAMID, {"tenant_id": tenant_id, "wamid": wamid}).first()


_ATTEMPTS = text("""
SELECT number, started_at, ended_at, outcome, http_status, error_code, error_title, error_detail, fbtrace_id
FROM attempts WHERE message_id = :id AND tenant_id = :tenant_id ORDER BY number
""")


def attempts(connection: Connection, tenant_id: UUID, message_id: UUID) -> Sequence[Row[Any]]:
    """Return the attempts to send a message, first to last."""
    return connection.execute(_ATTEMPTS, {"tenant_id": tenant_id, "id": message_id}).all()


@dataclass(slots=True, frozen=True, kw_only=True)
class Filters:
    """Which messages to list; None: any."""

    status: str | None = None
    direction: str | None = None
    client_reference: str | None = None
    contact_phone: str | None = None
    contact_bsuid: str | None = None
    since: datetime | None = None
    before: UUID | None = None
    """Only ids below this one: the cursor."""


_STILL_QUEUED = "m.status = :status AND m.id IN (SELECT message_id FROM outbox WHERE tenant_id = :tenant_id)"
_BY_STATUS = {
    **dict.fromkeys(("scheduled", "queued", "sending", "unknown"), _STILL_QUEUED),
    "failed": "m.status = :status AND m.failed_at IS NOT NULL",
}
"""Rare statuses are found by what is indexed beside them; an index of the status itself would make receipts dear."""

_CONDITIONS = {
    "direction": "m.direction = :direction",
    "client_reference": "m.client_reference = :client_reference",
    "contact_phone": "m.contact_phone = :contact_phone",
    "contact_bsuid": "m.contact_bsuid = :contact_bsuid",
    "since": "m.id >= :first_id",
    "before": "m.id < :before",
}


def list_newest(connection: Connection, tenant_id: UUID, filters: Filters, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` messages of the tenant, newest first."""
    wanted = [
        "m.tenant_id = :tenant_id",
        *(sql for name, sql in _CONDITIONS.items() if getattr(filters, name) is not None),
    ]
    if filters.status is not None:
        wanted.append(_BY_STATUS.get(filters.status, "m.status = :status"))
    query = text(f"""
        SELECT {SHOWN} FROM messages m
        WHERE {" AND ".join(wanted)} ORDER BY m.id DESC LIMIT :limit
    """)
    values = {name: getattr(filters, name) for name in (*_CONDITIONS, "status")}
    first_id = first_id_at(filters.since) if filters.since else None
    return connection.execute(query, {**values, "first_id": first_id, "tenant_id": tenant_id, "limit": limit}).all()
