"""Receipts: move messages up the ladder, keep every receipt, settle what was unknown. Set-based throughout."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.bulk import record_source, rows_parameter
from db.queries.live_events import told_statuses
from messaging.ladder import RANK

LADDER = sorted(RANK, key=RANK.__getitem__)
_LADDER_SQL = "ARRAY[" + ", ".join(f"'{status}'" for status in LADDER) + "]::text[]"


def rank_sql(column: str) -> str:
    """Return the SQL expression for a status's place on the ladder; null for failed and cancelled."""
    return f"array_position({_LADDER_SQL}, {column})"


@dataclass(slots=True)
class Advance:
    """What a batch of receipts says about one message of ours (messaging.ladder.fold), ready for the guarded update."""

    message_id: UUID
    channel_id: UUID
    wamid: str
    attempt: int | None = None
    """The latest attempt that a receipt of the batch names."""
    first_taken: int | None = None
    """The earliest attempt that Meta took, as a receipt of the batch proves."""
    peak: str | None = None
    failed: bool = False
    failed_attempt: int | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    played_at: datetime | None = None
    failed_at: datetime | None = None
    error_code: int | None = None
    error_title: str | None = None
    error_detail: str | None = None
    pricing: dict[str, Any] | None = None
    conversation: dict[str, Any] | None = None
    bsuid: str | None = None


@dataclass(slots=True, frozen=True)
class Advanced:
    """A message that receipts were matched to."""

    message_id: UUID
    before: str
    after: str | None
    """None: the receipts changed nothing."""


_COLUMNS = {
    "message_id": "uuid",
    "channel_id": "uuid",
    "wamid": "text",
    "attempt": "int",
    "first_taken": "int",
    "peak": "text",
    "failed": "bool",
    "failed_attempt": "int",
    "sent_at": "timestamptz",
    "delivered_at": "timestamptz",
    "read_at": "timestamptz",
    "played_at": "timestamptz",
    "failed_at": "timestamptz",
    "error_code": "int",
    "error_title": "text",
    "error_detail": "text",
    "pricing": "jsonb",
    "conversation": "jsonb",
    "bsuid": "text",
}
_STAMPS = ("sent_at", "delivered_at", "read_at", "played_at", "failed_at")

_NEW_STATUS = f"""
CASE
    WHEN v.failed AND (v.failed_attempt IS NULL OR v.failed_attempt = m.attempt)
        AND {rank_sql("m.status")} BETWEEN {rank_sql("'sending'")} AND {rank_sql("'sent'")} THEN 'failed'
    WHEN {rank_sql("v.peak")} > {rank_sql("m.status")}
        AND (v.peak <> 'sent' OR v.attempt IS NULL OR v.attempt > m.closed_attempt) THEN v.peak
    ELSE m.status
END
"""
"""failed and cancelled have no rank, so nothing is greater: they stay. A failure counts only for the live attempt and
only before evidence of delivery; a message that is queued again has no live attempt."""

_FAILURE = "(v.failed_attempt IS NULL OR v.failed_attempt > m.closed_attempt)"
"""A failure that was forgiven when a person had the message sent again is not brought up once more by its repeats."""

_EVIDENCE = "LEAST(v.delivered_at, v.read_at, v.played_at)"
_WAS_TAKEN_AGAIN = """
v.first_taken < m.attempt AND v.first_taken > m.closed_attempt AND (v.attempt = m.attempt OR EXISTS (
    SELECT FROM attempts a WHERE a.message_id = m.id AND a.number = m.attempt AND a.wamid IS NOT NULL
))
"""
"""A message of unknown outcome was sent again, and now it shows that Meta had taken it the first time: the customer
has it twice."""

_ANOMALY = f"""
CASE
    WHEN m.anomaly IS NOT NULL THEN m.anomaly
    WHEN (m.status = 'failed' OR v.failed AND {_FAILURE}) AND {_EVIDENCE} IS NOT NULL THEN 'delivered_after_failed'
    WHEN v.failed_at IS NOT NULL AND {_FAILURE}
        AND ({_EVIDENCE} IS NOT NULL OR {rank_sql("m.status")} >= {rank_sql("'delivered'")})
        THEN 'failed_after_delivered'
    WHEN {_WAS_TAKEN_AGAIN} THEN 'sent_twice'
END
"""

_NEW_STAMPS = {
    **{stamp: f"LEAST(m.{stamp}, v.{stamp})" for stamp in _STAMPS},
    "failed_at": f"CASE WHEN {_FAILURE} THEN LEAST(m.failed_at, v.failed_at) ELSE m.failed_at END",
}

ERROR = ("error_code", "error_title", "error_detail")
_NEW_ERROR = f"""
CASE
    WHEN ({_NEW_STATUS}) = m.status THEN m.{{name}}
    WHEN ({_NEW_STATUS}) = 'failed' THEN v.{{name}}
END
"""
"""A message that climbs leaves the error of an earlier attempt, or of a lost answer, behind."""

_NEW_WAMID = "CASE WHEN v.attempt = m.attempt THEN v.wamid ELSE coalesce(m.wamid, v.wamid) END"
"""Of the latest attempt, also when its answer was lost and an earlier attempt's id is already there."""

_CHANGES = " OR ".join(
    [
        f"({_NEW_STATUS}) <> m.status",
        *(f"{new} IS DISTINCT FROM m.{stamp}" for stamp, new in _NEW_STAMPS.items()),
        "(m.pricing IS NULL AND v.pricing IS NOT NULL)",
        f"({_NEW_WAMID}) IS DISTINCT FROM m.wamid",
        f"(m.anomaly IS NULL AND {_WAS_TAKEN_AGAIN})",
    ]
)

_ADVANCE = text(f"""
WITH v AS (
    SELECT * FROM {record_source(_COLUMNS)}
), locked AS MATERIALIZED (
    SELECT m.id, m.status FROM messages m JOIN v ON v.message_id = m.id AND v.channel_id = m.channel_id
    WHERE m.direction = 'outbound' ORDER BY m.id FOR NO KEY UPDATE OF m
), changed AS (
    UPDATE messages m SET
        status = {_NEW_STATUS},
        anomaly = {_ANOMALY},
        {", ".join(f"{name} = {_NEW_ERROR.format(name=name)}" for name in ERROR)},
        {", ".join(f"{stamp} = {new}" for stamp, new in _NEW_STAMPS.items())},
        wamid = {_NEW_WAMID},
        contact_bsuid = coalesce(m.contact_bsuid, v.bsuid),
        pricing = coalesce(m.pricing, v.pricing),
        conversation = coalesce(m.conversation, v.conversation),
        updated_at = clock_timestamp()
    FROM v JOIN locked l ON l.id = v.message_id
    WHERE m.id = l.id AND ({_CHANGES})
    RETURNING m.id, m.status, m.tenant_id, m.conversation_id, m.status <> l.status AS is_further
), further AS (
    SELECT * FROM changed WHERE is_further
), told AS (
    {told_statuses("further")}
)
SELECT l.id, l.status, c.status FROM locked l LEFT JOIN changed c ON c.id = l.id
""")
"""Locks in the order of ids before it writes, so that two batches never wait for each other in a circle."""


def advance_messages(connection: Connection, advances: Sequence[Advance]) -> list[Advanced]:
    """Apply folded receipts, one `Advance` a message; return those that exist on that channel."""
    return [Advanced(*row) for row in connection.execute(_ADVANCE, rows_parameter(advances))]


_BY_WAMID = text("""
SELECT m.channel_id, m.wamid, m.id
FROM unnest(CAST(:channels AS uuid[]), CAST(:wamids AS text[])) AS v(channel_id, wamid)
JOIN messages m ON m.channel_id = v.channel_id AND m.wamid = v.wamid
""")


def messages_by_wamid(connection: Connection, keys: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], UUID]:
    """Return our ids for (channel id, wamid) pairs that are known."""
    rows = connection.execute(_BY_WAMID, {"channels": [key[0] for key in keys], "wamids": [key[1] for key in keys]})
    return {(channel_id, wamid): message_id for channel_id, wamid, message_id in rows}


@dataclass(slots=True)
class KeptReceipt:
    """A receipt for the history."""

    tenant_id: UUID
    channel_id: UUID
    wamid: str
    status: str
    participant: str
    at: datetime
    message_id: UUID | None
    attempt: int | None
    raw: dict[str, Any]


_KEPT_COLUMNS = {
    "tenant_id": "uuid",
    "channel_id": "uuid",
    "wamid": "text",
    "status": "text",
    "participant": "text",
    "at": "timestamptz",
    "message_id": "uuid",
    "attempt": "int",
    "raw": "jsonb",
}

_KEEP = text(f"""
INSERT INTO receipts ({", ".join(_KEPT_COLUMNS)}) SELECT * FROM {record_source(_KEPT_COLUMNS)}
ORDER BY v.channel_id, v.wamid, v.status, v.participant, v.at ON CONFLICT DO NOTHING
""")
"""In order, so that two workers with the same receipts never wait for each other in a circle."""


def keep_receipts(connection: Connection, receipts: Sequence[KeptReceipt]) -> int:
    """Write receipts to the history, each once; return how many were new."""
    return connection.execute(_KEEP, rows_parameter(receipts)).rowcount


_SETTLE = text("""
WITH free AS (
    SELECT o.message_id FROM outbox o JOIN messages m ON m.id = o.message_id
    WHERE o.message_id = ANY(:ids) AND m.status NOT IN ('scheduled', 'queued', 'sending', 'unknown')
    FOR UPDATE OF o SKIP LOCKED
), settled AS (
    DELETE FROM outbox o USING free WHERE o.message_id = free.message_id RETURNING o.message_id
)
UPDATE attempts a SET outcome = 'settled', ended_at = coalesce(a.ended_at, clock_timestamp())
FROM settled s WHERE a.message_id = s.message_id AND a.outcome IN ('running', 'unknown')
""")


def settle(connection: Connection, message_ids: Sequence[UUID]) -> None:
    """Take messages that receipts proved to be with Meta off the outbox and close their open attempts.

    Never waits: a row that somebody else holds at this moment is left to sweepers (outcomes.mark_abandoned for a
    claimed one, left_on_outbox for one of unknown outcome).
    """
    connection.execute(_SETTLE, {"ids": list(message_ids)})


_LEFT = text("""
SELECT o.message_id FROM outbox o JOIN messages m ON m.id = o.message_id
WHERE o.state = 'unknown' AND m.status NOT IN ('scheduled', 'queued', 'sending', 'unknown') LIMIT :limit
""")


def left_on_outbox(connection: Connection, limit: int = 500) -> list[UUID]:
    """Return messages of unknown outcome that a receipt settled while their row was held by somebody else."""
    return list(connection.execute(_LEFT, {"limit": limit}).scalars())


@dataclass(slots=True, frozen=True)
class LateReceipt:
    """A receipt that came before its message's wamid was known."""

    phone_number_id: str
    waba_id: str | None
    raw: dict[str, Any]


_MATCH_LATE = text("""
WITH late AS (
    SELECT r.channel_id, r.wamid, r.status, r.participant, r.at, m.id
    FROM receipts r JOIN messages m ON m.channel_id = r.channel_id AND m.wamid = r.wamid AND m.direction = 'outbound'
    WHERE r.message_id IS NULL AND r.received_at > now() - interval '1 day'
    ORDER BY r.received_at LIMIT :limit FOR UPDATE OF r SKIP LOCKED
)
UPDATE receipts r SET message_id = late.id FROM late, channels c
WHERE r.channel_id = late.channel_id AND r.wamid = late.wamid AND r.status = late.status
    AND r.participant = late.participant AND r.at = late.at AND c.id = r.channel_id
RETURNING c.phone_number_id, c.waba_id, r.raw
""")


def match_late(connection: Connection, limit: int = 1000) -> list[LateReceipt]:
    """Give unmatched receipts their message and return them: their effect is still to be applied, by ingesting them
    again. Looks back one day; a wamid that is unknown by then was sent by another app."""
    return [LateReceipt(*row) for row in connection.execute(_MATCH_LATE, {"limit": limit})]


@dataclass(slots=True, frozen=True)
class FailedMessage:
    """A message that a receipt failed, with what its error may concern."""

    tenant_id: UUID
    channel_id: UUID
    phone: str | None
    bsuid: str | None
    template_name: str | None
    template_language: str | None
    error_code: int | None


_FAILED = text("""
SELECT tenant_id, channel_id, contact_phone, contact_bsuid, content -> 'template' ->> 'name',
    content -> 'template' -> 'language' ->> 'code', error_code
FROM messages WHERE id = ANY(:ids) ORDER BY tenant_id, channel_id, contact_phone, contact_bsuid, id
""")


def failed_messages(connection: Connection, message_ids: Sequence[UUID]) -> list[FailedMessage]:
    """Return what the errors of failed messages may concern."""
    return [FailedMessage(*row) for row in connection.execute(_FAILED, {"ids": list(message_ids)})]
