"""What webhooks bring besides receipts: inbound messages and events, written in bulk, each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.bulk import record_source, rows_parameter
from db.queries.live_events import told_rows


@dataclass(slots=True)
class ArrivedMessage:
    """A message that a webhook told of; `content` is the item as Meta sent it.

    An inbound one has been delivered, to us; it is `read` once the business marked it so.
    """

    id: UUID
    tenant_id: UUID
    channel_id: UUID
    conversation_id: UUID | None
    direction: str
    source: str | None
    """echo | history; None: a customer wrote it now."""
    status: str
    wamid: str
    type: str
    contact_phone: str | None
    contact_bsuid: str | None
    contact_name: str | None
    group_id: str | None
    text: str | None
    content: dict[str, Any]
    context_wamid: str | None
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None


_MESSAGE_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "channel_id": "uuid",
    "conversation_id": "uuid",
    "direction": "text",
    "source": "text",
    "status": "text",
    "wamid": "text",
    "type": "text",
    "contact_phone": "text",
    "contact_bsuid": "text",
    "contact_name": "text",
    "group_id": "text",
    "text": "text",
    "content": "jsonb",
    "context_wamid": "text",
    "created_at": "timestamptz",
    "sent_at": "timestamptz",
    "delivered_at": "timestamptz",
}


_ADD_MESSAGES = text(f"""
WITH stored AS (
    INSERT INTO messages ({", ".join(_MESSAGE_COLUMNS)})
    SELECT v.* FROM {record_source(_MESSAGE_COLUMNS)} ORDER BY v.channel_id, v.wamid
    ON CONFLICT (channel_id, wamid) WHERE wamid IS NOT NULL DO NOTHING
    RETURNING id, tenant_id, conversation_id, direction, type, source
), told AS (
    {told_rows("stored")}
)
SELECT id FROM stored
""")
"""In order, so that two workers with the same messages never wait for each other in a circle."""


def add_messages(connection: Connection, messages: Sequence[ArrivedMessage]) -> set[UUID]:
    """Store messages, each wamid once per number; return the ids of those that were new."""
    return set(connection.execute(_ADD_MESSAGES, rows_parameter(messages)).scalars())


_KNOWN = text("""
SELECT m.channel_id, m.wamid
FROM unnest(CAST(:channels AS uuid[]), CAST(:wamids AS text[])) AS v(channel_id, wamid)
JOIN messages m ON m.channel_id = v.channel_id AND m.wamid = v.wamid
""")


def known_messages(connection: Connection, keys: Sequence[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Return those of (channel id, wamid) pairs that are stored already."""
    rows = connection.execute(_KNOWN, {"channels": [key[0] for key in keys], "wamids": [key[1] for key in keys]})
    return {(channel_id, wamid) for channel_id, wamid in rows}


@dataclass(slots=True)
class ArrivedEvent:
    """An item that is neither message nor receipt, or one that could not be handled."""

    id: UUID
    tenant_id: UUID
    channel_id: UUID | None
    inbox_id: UUID
    inbox_received_at: datetime
    waba_id: str | None
    phone_number_id: str | None
    field: str | None
    kind: str
    state: str
    reason: str | None
    detail: str | None
    at: datetime | None
    envelope: dict[str, Any] | None
    digest: bytes


_EVENT_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "channel_id": "uuid",
    "inbox_id": "uuid",
    "inbox_received_at": "timestamptz",
    "waba_id": "text",
    "phone_number_id": "text",
    "field": "text",
    "kind": "text",
    "state": "text",
    "reason": "text",
    "detail": "text",
    "at": "timestamptz",
    "envelope": "jsonb",
    "digest": "bytea",
}

_ADD_EVENTS = text(f"""
INSERT INTO events ({", ".join(_EVENT_COLUMNS)})
SELECT DISTINCT ON (v.tenant_id, v.digest) v.* FROM {record_source(_EVENT_COLUMNS)}
ON CONFLICT (tenant_id, digest) DO UPDATE SET
    state = EXCLUDED.state, kind = EXCLUDED.kind, reason = EXCLUDED.reason, detail = EXCLUDED.detail, updated_at = now()
    WHERE events.state <> 'stored' AND (events.state = 'replayed' OR EXCLUDED.state = 'stored')
""")


def add_events(connection: Connection, events: Sequence[ArrivedEvent]) -> int:
    """Store events, each once; one that is being replayed, or is understood at last, takes its new state."""
    return connection.execute(_ADD_EVENTS, rows_parameter(events)).rowcount
