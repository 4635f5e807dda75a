"""The inbox: append what arrived, claim what is due, mark what is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from messaging.limits import DEFAULTS

LEASE = timedelta(seconds=DEFAULTS.ingest_lease_seconds)
RETRY_DELAY = timedelta(seconds=DEFAULTS.ingest_retry_seconds)
MAX_ATTEMPTS = DEFAULTS.ingest_attempts
MAX_CLAIMS = DEFAULTS.ingest_claims

CLAIM_AT_ONCE = 500
"""Rows of a batch. The cost of a batch is paid off by then; more would only hold its locks longer."""
MAX_CLAIMED_BYTES = 2_000_000
"""About 4,000 receipts: bounds the memory and the transaction of a batch whatever the size of the POSTs in it."""

APPEND = """
WITH arrived AS (
    INSERT INTO inbox (id, body, app_secret_id)
    SELECT * FROM unnest(%s::uuid[], %s::bytea[], %s::uuid[])
    RETURNING id, received_at, octet_length(body) AS size
)
INSERT INTO inbox_queue (inbox_id, received_at, due_at, size)
SELECT id, received_at, received_at, size FROM arrived
"""
"""One statement for all that arrived together (psycopg's placeholders: the receiver speaks to psycopg directly)."""


@dataclass(slots=True, frozen=True)
class ClaimedRow:
    """An inbox row to process now."""

    id: UUID
    received_at: datetime
    attempts: int
    """Counts this one."""
    body: bytes
    app_secret_id: UUID | None
    event_id: UUID | None
    only_tenant_id: UUID | None
    """Who signed speaks for this tenant alone, or what is replayed is this tenant's: nothing may reach another."""
    only_channel_id: UUID | None
    """Whose webhook it came by."""
    gateway_kind: str | None
    """Of the gateway whose session that channel is; None: it is Meta's."""
    gateway_session: str | None


_CLAIM = text("""
WITH locked AS (
    SELECT inbox_id, due_at, size FROM inbox_queue WHERE due_at <= now() AND attempts = 0
    ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
), due AS (
    SELECT inbox_id FROM (
        SELECT inbox_id, sum(size) OVER (ORDER BY due_at, inbox_id) - size AS bytes_before FROM locked
    ) AS ordered WHERE bytes_before < :max_bytes
), claimed AS (
    UPDATE inbox_queue q SET attempts = q.attempts + 1, due_at = now() + :lease
    FROM due WHERE q.inbox_id = due.inbox_id
    RETURNING q.inbox_id, q.received_at, q.attempts
)
SELECT c.inbox_id, c.received_at, c.attempts, i.body, i.app_secret_id, i.event_id,
    coalesce(s.tenant_id, e.tenant_id) AS only_tenant_id, coalesce(s.channel_id, e.channel_id) AS only_channel_id,
    g.kind AS gateway_kind, g.session_id AS gateway_session
FROM claimed c JOIN inbox i ON i.id = c.inbox_id AND i.received_at = c.received_at
LEFT JOIN app_secrets s ON s.id = i.app_secret_id AND s.channel_id IS NOT NULL
LEFT JOIN events e ON e.id = i.event_id AND e.channel_id IS NOT NULL
LEFT JOIN gateway_sources g ON g.channel_id = coalesce(s.channel_id, e.channel_id)
ORDER BY c.received_at, c.inbox_id
""")
_CLAIM_REPEATED = text(str(_CLAIM).replace("attempts = 0", "attempts > 0"))


def claim_new(connection: Connection, lease: timedelta = LEASE, limit: int = CLAIM_AT_ONCE) -> list[ClaimedRow]:
    """Claim up to `limit` rows that were never tried, oldest first. Commit before processing them."""
    return _claim(connection, _CLAIM, limit, lease)


def claim_repeated(connection: Connection, lease: timedelta = LEASE) -> list[ClaimedRow]:
    """Claim one row whose earlier attempt failed or whose worker died: such a row is processed alone."""
    return _claim(connection, _CLAIM_REPEATED, 1, lease)


def _claim(connection: Connection, statement: TextClause, limit: int, lease: timedelta) -> list[ClaimedRow]:
    rows = connection.execute(statement, {"limit": limit, "lease": lease, "max_bytes": MAX_CLAIMED_BYTES})
    return [
        ClaimedRow(
            row.inbox_id,
            row.received_at,
            row.attempts,
            bytes(row.body),
            row.app_secret_id,
            row.event_id,
            row.only_tenant_id,
            row.only_channel_id,
            row.gateway_kind,
            row.gateway_session,
        )
        for row in rows
    ]


_FINISH = text("DELETE FROM inbox_queue WHERE inbox_id = ANY(:ids)")


def finish(connection: Connection, ids: Sequence[UUID]) -> None:
    """Take processed rows off the queue, in the transaction that holds their effects."""
    connection.execute(_FINISH, {"ids": list(ids)})


_POSTPONE = text("""
UPDATE inbox_queue SET due_at = now() + :delay, attempts = least(attempts, :most) WHERE inbox_id = ANY(:ids)
""")


def postpone(connection: Connection, ids: Sequence[UUID], delay: timedelta) -> None:
    """Try rows again after `delay`. An attempt that ended does not count towards MAX_CLAIMS."""
    connection.execute(_POSTPONE, {"ids": list(ids), "delay": delay, "most": MAX_ATTEMPTS - 1})


@dataclass(slots=True, frozen=True)
class Backlog:
    """What waits in the inbox."""

    depth: int
    oldest_seconds: float


_BACKLOG = text("""
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0)::float8 FROM inbox_queue
""")


def backlog(connection: Connection) -> Backlog:
    """Return how many rows wait and how old the oldest is (seconds)."""
    depth, oldest = connection.execute(_BACKLOG).one()
    return Backlog(depth, oldest)


_OLDEST_WAITING_DAYS = text("""
SELECT coalesce(CAST(now() AT TIME ZONE 'UTC' AS date) - CAST(min(received_at) AT TIME ZONE 'UTC' AS date), 0)
FROM inbox_queue
""")


def oldest_waiting_days(connection: Connection) -> int:
    """Return how many days ago (UTC) the oldest row came that is not processed yet; 0 when none waits."""
    days: int = connection.execute(_OLDEST_WAITING_DAYS).scalar_one()
    return days


_DUE = text("SELECT EXISTS (SELECT FROM inbox_queue WHERE due_at <= now())")


def has_due(connection: Connection) -> bool:
    """Tell whether any row is due."""
    return bool(connection.execute(_DUE).scalar_one())


_REPLAY = text("""
WITH again AS (
    INSERT INTO inbox (id, body, event_id) VALUES (:id, :body, :event_id)
    RETURNING id, received_at, octet_length(body) AS size
)
INSERT INTO inbox_queue (inbox_id, received_at, due_at, size) SELECT id, received_at, received_at, size FROM again
""")


def append_replay(connection: Connection, *, inbox_id: UUID, body: bytes, event_id: UUID | None) -> None:
    """Put a payload into the inbox again; `event_id` tells which event is replayed."""
    connection.execute(_REPLAY, {"id": inbox_id, "body": body, "event_id": event_id})


_BODY = text("SELECT body FROM inbox WHERE id = :id AND received_at = :received_at")


def body_of(connection: Connection, inbox_id: UUID, received_at: datetime) -> bytes | None:
    """Return the bytes of an inbox row, or None when retention dropped it."""
    body = connection.execute(_BODY, {"id": inbox_id, "received_at": received_at}).scalar()
    return None if body is None else bytes(body)
