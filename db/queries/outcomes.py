"""What attempts came to: recorded in bulk, guarded against what receipts already said; and what was left behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.bulk import record_source, rows_parameter
from db.queries.live_events import told_statuses
from db.queries.receipts import ERROR, rank_sql


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

_IS_TAKEN_AGAIN = "(v.wamid <> m.wamid AND m.closed_attempt < v.attempt - 1)"
"""A receipt had already brought the id of an earlier attempt, which nobody has declared failed."""

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
        anomaly = coalesce(m.anomaly, CASE WHEN {_IS_TAKEN_AGAIN} THEN 'sent_twice' END),
        contact_bsuid = coalesce(m.contact_bsuid, v.bsuid),
        attempts_spent = m.attempts_spent + v.spends_attempt::int,
        postponed = CASE WHEN v.outcome = 'retry' AND NOT v.spends_attempt THEN m.postponed + 1 ELSE 0 END,
        accepted_at = CASE WHEN v.wamid IS NULL THEN m.accepted_at ELSE coalesce(m.accepted_at, clock_timestamp()) END,
        held_at = CASE WHEN v.status = 'held' THEN coalesce(m.held_at, clock_timestamp()) ELSE m.held_at END,
        failed_at = CASE WHEN v.status = 'failed' AND m.status IN ('sending', 'unknown')
            THEN clock_timestamp() ELSE m.failed_at END,
        {", ".join(f"{name} = CASE WHEN {_ERROR_IS_NEWS} THEN v.{name} ELSE m.{name} END" for name in ERROR)},
        updated_at = clock_timestamp()
    FROM v WHERE m.id = v.message_id AND m.attempt = v.attempt AND m.closed_attempt < v.attempt
    RETURNING m.id, m.tenant_id, m.conversation_id, m.status
), told AS (
    {told_statuses("moved")}
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
