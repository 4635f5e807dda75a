"""Live events: what changed is appended within the change's own transaction, and numbered after its commit.

A number given within the transaction would hold one row per tenant from there to the commit: all sends and receipts of
a tenant would wait for each other's commits. So `emit` only appends; whoever tells the events to people first calls
`number`, which gives each tenant's events the numbers 1, 2, 3 … in the order in which they became visible: whoever has
seen number n has missed nothing before it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.bulk import record_source, rows_parameter

Kind = Literal["new_message", "message_status", "conversation_updated", "session_status", "alarm"]

ADVISORY_LOCK = 7_261_003
"""Any constant of our own: one process numbers at a time."""


@dataclass(slots=True, frozen=True)
class LiveEvent:
    """A change. `payload` holds no secret and no content: whoever is told may not be allowed to read it."""

    tenant_id: UUID
    kind: Kind
    conversation_id: UUID | None = None
    message_id: UUID | None = None
    payload: dict[str, Any] = field(default_factory=dict)


_COLUMNS = {
    "tenant_id": "uuid",
    "kind": "text",
    "conversation_id": "uuid",
    "message_id": "uuid",
    "payload": "jsonb",
}

_EMIT = text(f"INSERT INTO live_events ({', '.join(_COLUMNS)}) SELECT * FROM {record_source(_COLUMNS)}")


def told_rows(source: str) -> str:
    """Return the statement that tells of new messages; `source` names rows with the columns of `messages`.

    For statements that store messages: the event is appended with them, at no round trip more.
    """
    return f"""
INSERT INTO live_events (tenant_id, kind, conversation_id, message_id, payload)
SELECT tenant_id, 'new_message', conversation_id, id,
    jsonb_build_object('direction', direction, 'type', type, 'source', source)
FROM {source} WHERE conversation_id IS NOT NULL
"""


def told_statuses(source: str) -> str:
    """Return the statement that tells of messages that came further; `source` names rows with `id`, `tenant_id`,
    `conversation_id` and the new `status`. Nobody can look at a message that stands in no thread.
    """
    return f"""
INSERT INTO live_events (tenant_id, kind, conversation_id, message_id, payload)
SELECT tenant_id, 'message_status', conversation_id, id, jsonb_build_object('status', status)
FROM {source} WHERE conversation_id IS NOT NULL
"""


def told_sessions(source: str) -> str:
    """Return the statement that tells of gateways' sessions; `source` names rows with `channel_id`, `tenant_id` and
    `status`.
    """
    return f"""
INSERT INTO live_events (tenant_id, kind, payload)
SELECT t.tenant_id, 'session_status',
    jsonb_build_object('session_id', g.session_id, 'channel_id', t.channel_id, 'status', t.status)
FROM {source} t JOIN gateway_sources g ON g.channel_id = t.channel_id
"""


def told_alarms(source: str) -> str:
    """Return the statement that tells of alarms; `source` names rows with the columns of `alarms`."""
    return f"""
INSERT INTO live_events (tenant_id, kind, payload)
SELECT tenant_id, 'alarm', jsonb_build_object('id', id, 'kind', kind, 'target', target) FROM {source}
"""


def emit(connection: Connection, events: Sequence[LiveEvent]) -> None:
    """Append events of any tenants, in one statement; they are told once the caller has committed."""
    if events:
        connection.execute(_EMIT, rows_parameter(events))


@dataclass(slots=True, frozen=True)
class NumberedEvent:
    """An event as it is told."""

    tenant_id: UUID
    sequence: int
    kind: str
    conversation_id: UUID | None
    message_id: UUID | None
    payload: dict[str, Any]
    created_at: datetime


_HAS_UNNUMBERED = text("SELECT EXISTS (SELECT FROM live_events WHERE sequence IS NULL)")


def has_unnumbered(connection: Connection) -> bool:
    """Tell whether events became visible that have no number yet."""
    return bool(connection.execute(_HAS_UNNUMBERED).scalar_one())


_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
_NUMBER = text("""
WITH taken AS (
    SELECT id, created_at, tenant_id, row_number() OVER (PARTITION BY tenant_id ORDER BY id) AS place
    FROM live_events WHERE sequence IS NULL ORDER BY id LIMIT :limit
), counted AS (
    INSERT INTO live_sequences AS s (tenant_id, latest) SELECT tenant_id, count(*) FROM taken GROUP BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET latest = s.latest + EXCLUDED.latest
    RETURNING tenant_id, latest
), totals AS (
    SELECT tenant_id, count(*) AS total FROM taken GROUP BY tenant_id
)
UPDATE live_events e SET sequence = c.latest - t.total + taken.place
FROM taken JOIN counted c USING (tenant_id) JOIN totals t USING (tenant_id)
WHERE e.id = taken.id AND e.created_at = taken.created_at
""")


def number(connection: Connection, limit: int = 5000) -> int:
    """Number the events that became visible; return how many, 0 also while another process does it.

    Args:
        connection: in a short transaction of its own.
        limit: at most so many at once.
    """
    if not connection.execute(_LOCK, {"key": ADVISORY_LOCK}).scalar_one():
        return 0
    return connection.execute(_NUMBER, {"limit": limit}).rowcount


_SINCE = text("""
SELECT tenant_id, sequence, kind, conversation_id, message_id, payload, created_at FROM live_events
WHERE tenant_id = :tenant_id AND sequence > :sequence ORDER BY sequence LIMIT :limit
""")


def since(connection: Connection, tenant_id: UUID, sequence: int, limit: int = 1000) -> list[NumberedEvent]:
    """Return a tenant's events after a sequence number, in order."""
    values = {"tenant_id": tenant_id, "sequence": sequence, "limit": limit}
    return [NumberedEvent(*row) for row in connection.execute(_SINCE, values)]


_POSITIONS = text("SELECT tenant_id, latest FROM live_sequences WHERE tenant_id = ANY(:tenants)")


def positions(connection: Connection, tenants: Collection[UUID]) -> dict[UUID, int]:
    """Return the latest sequence number of each tenant that has one."""
    return {row.tenant_id: row.latest for row in connection.execute(_POSITIONS, {"tenants": list(tenants)})}


_LATEST = text("SELECT coalesce(max(latest), 0) FROM live_sequences WHERE tenant_id = :tenant_id")


def latest(connection: Connection, tenant_id: UUID) -> int:
    """Return the tenant's latest sequence number, 0 when there is none yet."""
    found: int = connection.execute(_LATEST, {"tenant_id": tenant_id}).scalar_one()
    return found
