"""The queue of messages to be sent: claim in one statement, record outcomes in bulk, notice what was left behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.app_secrets import OWN_APP_SECRET
from db.queries.bulk import record_source, rows_parameter
from db.queries.receipts import ERROR, rank_sql
from messaging.limits import DEFAULTS

LEASE = timedelta(seconds=DEFAULTS.send_lease_seconds)
PAIR_INTERVAL = timedelta(seconds=DEFAULTS.pair_interval_seconds)
PAIR_DEBT = timedelta(seconds=DEFAULTS.pair_debt_seconds)


@dataclass(slots=True, frozen=True)
class DueChannel:
    """A channel with messages to send now."""

    id: UUID
    tenant_id: UUID
    phone_number_id: str
    access_token: str
    """Encrypted."""
    is_on_trial: bool
    app_secret: str | None = None
    """Encrypted; the newest of the Meta app that the channel brings along."""


_MAY_SEND = """
c.is_active AND c.paused_at IS NULL AND (p.blocked_until IS NULL OR p.blocked_until <= now())
AND NOT (c.is_on_trial AND EXISTS (SELECT FROM outbox o WHERE o.channel_id = c.id AND o.state = 'claimed'))
"""

_DUE_CHANNELS = text(f"""
SELECT c.id, c.tenant_id, c.phone_number_id, c.access_token, c.is_on_trial, {OWN_APP_SECRET}
FROM channels c JOIN pacing p ON p.channel_id = c.id
WHERE {_MAY_SEND} AND EXISTS (
    SELECT FROM outbox o WHERE o.channel_id = c.id AND o.state = 'waiting' AND o.due_at <= now()
) ORDER BY c.id
""")


def due_channels(connection: Connection) -> list[DueChannel]:
    """Return the channels that may send and have something to send."""
    return [DueChannel(*row) for row in connection.execute(_DUE_CHANNELS)]


@dataclass(slots=True, frozen=True)
class ClaimedMessage:
    """A message that this worker sends now; its attempt is already written."""

    id: UUID
    tenant_id: UUID
    channel_id: UUID
    attempt: int
    attempts_spent: int
    contact_phone: str | None
    contact_bsuid: str | None
    content: dict[str, Any]
    context_wamid: str | None
    request_id: str | None


_RATE = "LEAST(c.throughput_per_second::float8, p.slowed_to)"

_CLAIM = text(f"""
WITH bucket AS (
    SELECT p.channel_id, LEAST(
        CASE WHEN c.is_on_trial THEN 1 ELSE GREATEST({_RATE}, 1) END,
        p.tokens + {_RATE} * extract(epoch FROM clock_timestamp() - p.refilled_at)
    ) AS tokens
    FROM pacing p JOIN channels c ON c.id = p.channel_id
    WHERE p.channel_id = :channel_id AND {_MAY_SEND}
    FOR UPDATE OF p
), due AS (
    SELECT o.message_id, o.recipient, o.due_at, EXISTS (
        SELECT FROM template_holds h
        WHERE h.channel_id = o.channel_id AND h.name = o.template_name AND h.language = o.template_language
    ) AS is_held
    FROM outbox o
    WHERE o.channel_id = :channel_id AND o.state = 'waiting' AND o.due_at <= now()
    ORDER BY o.due_at, o.message_id
    LIMIT coalesce((SELECT LEAST(:limit, floor(tokens))::int FROM bucket), 0)
    FOR UPDATE OF o SKIP LOCKED
), held AS (
    UPDATE outbox o SET state = 'held' FROM due WHERE o.message_id = due.message_id AND due.is_held
), owing AS (
    SELECT d.message_id, d.recipient, GREATEST(pp.paid_until, now()) + :pair_interval
        * row_number() OVER (PARTITION BY d.recipient ORDER BY d.due_at, d.message_id) AS paid_until
    FROM due d LEFT JOIN pair_pacing pp ON pp.channel_id = :channel_id AND pp.recipient = d.recipient
    WHERE NOT d.is_held
), postponed AS (
    UPDATE outbox o SET due_at = owing.paid_until - :pair_debt
    FROM owing WHERE o.message_id = owing.message_id AND owing.paid_until > now() + :pair_debt
), claimed AS (
    UPDATE outbox o SET state = 'claimed', due_at = now() + :lease
    FROM owing WHERE o.message_id = owing.message_id AND owing.paid_until <= now() + :pair_debt
    RETURNING o.message_id, owing.recipient, owing.paid_until
), owed AS (
    INSERT INTO pair_pacing (channel_id, recipient, paid_until)
    SELECT :channel_id, recipient, max(paid_until) FROM claimed GROUP BY recipient ORDER BY recipient
    ON CONFLICT (channel_id, recipient) DO UPDATE SET paid_until = EXCLUDED.paid_until
), paid AS (
    UPDATE pacing p SET tokens = b.tokens - (SELECT count(*) FROM claimed), refilled_at = clock_timestamp()
    FROM bucket b WHERE p.channel_id = b.channel_id
), started AS (
    UPDATE messages m SET status = 'sending', attempt = m.attempt + 1, updated_at = clock_timestamp()
    FROM claimed c WHERE m.id = c.message_id AND m.status IN ('scheduled', 'queued')
    RETURNING m.id, m.tenant_id, m.channel_id, m.attempt, m.attempts_spent, m.contact_phone, m.contact_bsuid,
        m.content, m.context_wamid, m.request_id
), opened AS (
    INSERT INTO attempts (message_id, number, tenant_id) SELECT id, attempt, tenant_id FROM started
)
SELECT * FROM started ORDER BY id
""")


def claim(connection: Connection, channel_id: UUID, limit: int, lease: timedelta = LEASE) -> list[ClaimedMessage]:
    """Claim up to `limit` due messages of a channel. Commit before the calls.

    As many as the number's throughput allows now, one only while the channel is on trial. What the pair's rate does not
    allow yet is postponed, what waits for its template is held. The channel's row in `pacing` serialises its claims.
    """
    values = {
        "channel_id": channel_id,
        "limit": limit,
        "lease": lease,
        "pair_interval": PAIR_INTERVAL,
        "pair_debt": PAIR_DEBT,
    }
    rows = connection.execute(_CLAIM, values)
    return [ClaimedMessage(*row) for row in rows]


@dataclass(slots=True)
class Outcome:
    """What an attempt came to, and what follows."""

    message_id: UUID
    attempt: int
    outcome: str
    """accepted | held | retry | paused | failed | unknown (attempts.outcome)"""
    status: str
    """The message's next status: accepted, held, queued, failed, unknown."""
    delay: timedelta | None = None
    """queued, unknown: looked at again after this."""
    keeps_place: bool = False
    """queued: not the message's fault, so it goes back where it stood."""
    is_held: bool = False
    """queued: it waits for its template."""
    spends_attempt: bool = True
    wamid: str | None = None
    bsuid: str | None = None
    http_status: int | None = None
    error_code: int | None = None
    error_title: str | None = None
    error_detail: str | None = None
    fbtrace_id: str | None = None


_COLUMNS = {
    "message_id": "uuid",
    "attempt": "int",
    "outcome": "text",
    "status": "text",
    "delay": "interval",
    "keeps_place": "bool",
    "is_held": "bool",
    "spends_attempt": "bool",
    "wamid": "text",
    "bsuid": "text",
    "http_status": "int",
    "error_code": "int",
    "error_title": "text",
    "error_detail": "text",
    "fbtrace_id": "text",
}

_ERROR_IS_NEWS = "(m.status IN ('sending', 'unknown') OR (v.wamid IS NOT NULL AND m.status <> 'failed'))"
"""Else a receipt, which overtook the answer, or a person, who had the message sent again, knows better."""

_RECORD = text(f"""
WITH v AS (
    SELECT * FROM {record_source(_COLUMNS)}
), closed AS (
    UPDATE attempts a SET ended_at = clock_timestamp(), outcome = v.outcome, wamid = v.wamid,
        http_status = v.http_status, fbtrace_id = v.fbtrace_id,
        error_code = v.error_code, error_title = v.error_title, error_detail = v.error_detail
    FROM v WHERE a.message_id = v.message_id AND a.number = v.attempt
        AND (a.outcome <> 'settled' OR v.wamid IS NOT NULL)
), moved AS (
    UPDATE messages m SET
        status = CASE
            WHEN v.status IN ('accepted', 'held') AND {rank_sql("m.status")} < {rank_sql("v.status")} THEN v.status
            WHEN v.status IN ('queued', 'unknown') AND m.status = 'sending' THEN v.status
            WHEN v.status = 'failed' AND m.status IN ('sending', 'unknown') THEN v.status
            ELSE m.status END,
        wamid = coalesce(v.wamid, m.wamid),
        contact_bsuid = coalesce(m.contact_bsuid, v.bsuid),
        attempts_spent = m.attempts_spent + v.spends_attempt::int,
        accepted_at = CASE WHEN v.wamid IS NULL THEN m.accepted_at ELSE coalesce(m.accepted_at, clock_timestamp()) END,
        held_at = CASE WHEN v.status = 'held' THEN coalesce(m.held_at, clock_timestamp()) ELSE m.held_at END,
        failed_at = CASE WHEN v.status = 'failed' AND m.status IN ('sending', 'unknown')
            THEN clock_timestamp() ELSE m.failed_at END,
        {", ".join(f"{name} = CASE WHEN {_ERROR_IS_NEWS} THEN v.{name} ELSE m.{name} END" for name in ERROR)},
        updated_at = clock_timestamp()
    FROM v WHERE m.id = v.message_id AND m.attempt = v.attempt
    RETURNING m.id, m.status
), kept AS (
    UPDATE outbox o SET
        due_at = CASE WHEN v.keeps_place THEN coalesce(m.scheduled_at, m.created_at) ELSE now() + v.delay END,
        state = CASE WHEN v.status = 'unknown' THEN 'unknown' WHEN v.is_held THEN 'held' ELSE 'waiting' END
    FROM v JOIN messages m ON m.id = v.message_id AND m.attempt = v.attempt
    WHERE o.message_id = v.message_id AND o.state = 'claimed' AND v.status IN ('queued', 'unknown')
), done AS (
    DELETE FROM outbox o USING v JOIN messages m ON m.id = v.message_id AND m.attempt = v.attempt
    WHERE o.message_id = v.message_id AND o.state <> 'waiting' AND v.status NOT IN ('queued', 'unknown')
)
SELECT id, status FROM moved
""")


def record(connection: Connection, outcomes: Sequence[Outcome]) -> dict[UUID, str]:
    """Write what came of attempts, never undoing what a receipt already said; return the messages' statuses.

    An answer so late that its message has a newer attempt closes its own attempt and touches nothing else.
    """
    ordered = sorted(outcomes, key=lambda one: one.message_id)
    return {row.id: row.status for row in connection.execute(_RECORD, rows_parameter(ordered))}


_ABANDONED = text("""
WITH lost AS (
    SELECT o.message_id FROM outbox o WHERE o.state = 'claimed' AND o.due_at <= now()
    ORDER BY o.message_id LIMIT :limit FOR UPDATE SKIP LOCKED
), unknown AS (
    UPDATE messages m SET status = 'unknown', attempts_spent = m.attempts_spent + 1, updated_at = clock_timestamp()
    FROM lost WHERE m.id = lost.message_id AND m.status = 'sending'
    RETURNING m.id, m.attempt
), closed AS (
    UPDATE attempts a SET outcome = 'unknown', ended_at = clock_timestamp(),
        error_title = 'The worker stopped during the call'
    FROM unknown u WHERE a.message_id = u.id AND a.number = u.attempt
), waits AS (
    UPDATE outbox o SET state = 'unknown', due_at = now() + :delay FROM unknown u WHERE o.message_id = u.id
), settled AS (
    DELETE FROM outbox o USING lost
    WHERE o.message_id = lost.message_id AND o.message_id NOT IN (SELECT id FROM unknown)
)
SELECT id FROM unknown
""")


def mark_abandoned(connection: Connection, *, delay: timedelta, limit: int = 500) -> list[UUID]:
    """Turn messages whose worker vanished during the call into `unknown`; the call may have reached Meta.

    Args:
        connection: in a transaction.
        delay: until the unknown messages are looked at again.
        limit: rows at once.
    """
    return list(connection.execute(_ABANDONED, {"delay": delay, "limit": limit}).scalars())


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
    UPDATE messages m SET status = 'queued', attempts_spent = 0, failed_at = NULL, anomaly = NULL,
        closed_attempt = CASE m.status WHEN 'failed' THEN m.attempt ELSE m.closed_attempt END,
        error_code = NULL, error_title = NULL, error_detail = NULL, updated_at = clock_timestamp()
    WHERE m.id = :id AND m.tenant_id = :tenant_id AND m.direction = 'outbound' AND m.status IN ('failed', 'unknown')
    RETURNING m.id, m.tenant_id, m.channel_id, m.contact_phone, m.contact_bsuid, m.content,
        NULL::timestamptz AS scheduled_at
)
{queue_rows("again")}
ON CONFLICT (message_id) DO UPDATE SET state = 'waiting', due_at = now()
RETURNING message_id
""")


def resend(connection: Connection, tenant_id: UUID, message_id: UUID) -> bool:
    """Queue a failed or unknown message again, as a new attempt; False when it is neither."""
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
