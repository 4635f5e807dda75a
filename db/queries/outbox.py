"""The queue of messages to be sent: what goes on it, what a person takes off it or puts back, and what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

_HAS_DUE = text("SELECT EXISTS (SELECT FROM outbox WHERE state = 'waiting' AND due_at <= now())")


def has_due(connection: Connection) -> bool:
    """Tell whether any message waits to be sent now."""
    return bool(connection.execute(_HAS_DUE).scalar_one())


def queue_rows(source: str) -> str:
    """Return the statement that puts messages on the outbox; `source` names rows with the columns of `messages`."""
    return f"""
INSERT INTO outbox
    (message_id, tenant_id, channel_id, state, recipient, template_name, template_language, due_at)
SELECT id, tenant_id, channel_id, 'waiting', coalesce(contact_phone, contact_bsuid, ''),
    content -> 'template' ->> 'name', content -> 'template' -> 'language' ->> 'code', coalesce(scheduled_at, now())
FROM {source}
"""


_ENQUEUE = text(f"{queue_rows('messages')} WHERE id = ANY(:ids) ON CONFLICT DO NOTHING")


def enqueue(connection: Connection, message_ids: Sequence[UUID]) -> None:
    """Put messages on the queue, in the transaction that stores them."""
    connection.execute(_ENQUEUE, {"ids": list(message_ids)})


_CANCEL = text("""
WITH taken AS (
    DELETE FROM outbox WHERE message_id = :id AND tenant_id = :tenant_id AND state IN ('waiting', 'held')
    RETURNING message_id
)
UPDATE messages m SET status = 'cancelled', cancelled_at = clock_timestamp(), updated_at = clock_timestamp()
FROM taken WHERE m.id = taken.message_id AND m.status IN ('scheduled', 'queued')
RETURNING m.id
""")


def cancel(connection: Connection, tenant_id: UUID, message_id: UUID) -> bool:
    """Cancel a message that waits; False when it is not waiting (any more)."""
    return connection.execute(_CANCEL, {"id": message_id, "tenant_id": tenant_id}).first() is not None


_CANCEL_CHANNEL = text(str(_CANCEL).replace("message_id = :id", "channel_id = :id"))


def cancel_channel(connection: Connection, tenant_id: UUID, channel_id: UUID) -> int:
    """Cancel all that waits to be sent from a channel; return how many messages."""
    return len(connection.execute(_CANCEL_CHANNEL, {"id": channel_id, "tenant_id": tenant_id}).all())


_CANCEL_DISCONNECTED = text(
    str(_CANCEL).replace(
        "message_id = :id AND tenant_id = :tenant_id",
        "channel_id IN (SELECT id FROM channels WHERE disconnected_at IS NOT NULL)",
    )
)


def cancel_disconnected(connection: Connection) -> int:
    """Cancel what was queued by a process that did not know yet that its channel is disconnected; return how many."""
    return len(connection.execute(_CANCEL_DISCONNECTED).all())


_RESEND = text(f"""
WITH again AS (
    UPDATE messages m SET status = 'queued', attempts_spent = 0, postponed = 0, failed_at = NULL, anomaly = NULL,
        closed_attempt = CASE m.status WHEN 'failed' THEN m.attempt ELSE m.closed_attempt END,
        error_code = NULL, error_title = NULL, error_detail = NULL, updated_at = clock_timestamp()
    WHERE m.id = :id AND m.tenant_id = :tenant_id AND m.direction = 'outbound' AND m.status IN ('failed', 'unknown')
        AND m.cleared_at IS NULL
    RETURNING m.id, m.tenant_id, m.channel_id, m.contact_phone, m.contact_bsuid, m.content,
        NULL::timestamptz AS scheduled_at
)
{queue_rows("again")}
ON CONFLICT (message_id) DO UPDATE SET state = 'waiting', due_at = now()
RETURNING message_id
""")


def resend(connection: Connection, tenant_id: UUID, message_id: UUID) -> bool:
    """Queue a failed or unknown message again, as a new attempt; False when it is neither, or its content is gone."""
    return connection.execute(_RESEND, {"id": message_id, "tenant_id": tenant_id}).first() is not None


@dataclass(slots=True, frozen=True)
class Backlog:
    """What waits in the outbox."""

    state: str
    count: int
    overdue_seconds: float
    """Of the row that is due the longest, where nothing holds its channel up; 0 when none is due."""


_BACKLOG = text("""
SELECT o.state, count(*), GREATEST(0, coalesce(max(extract(epoch FROM clock_timestamp() - o.due_at)) FILTER (
    WHERE o.due_at < 'infinity' AND c.is_active AND c.paused_at IS NULL
), 0))::float8
FROM outbox o JOIN channels c ON c.id = o.channel_id GROUP BY o.state
""")


def backlog(connection: Connection) -> list[Backlog]:
    """Return how many messages wait, are claimed and are unknown."""
    return [Backlog(*row) for row in connection.execute(_BACKLOG)]
