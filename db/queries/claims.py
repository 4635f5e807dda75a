"""Claiming messages: which channels may send, and what of theirs is due, in one statement with every pace and brake."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.app_secrets import OWN_APP_SECRET
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
    gateway_kind: str | None = None
    """None: it is Meta's."""
    gateway_session: str | None = None
    gateway_url: str | None = None


_MAY_SEND = """
c.is_active AND c.paused_at IS NULL AND (p.blocked_until IS NULL OR p.blocked_until <= now())
AND NOT (c.is_on_trial AND EXISTS (SELECT FROM outbox o WHERE o.channel_id = c.id AND o.state = 'claimed'))
"""

_DUE_CHANNELS = text(f"""
SELECT c.id, c.tenant_id, c.phone_number_id, c.access_token, c.is_on_trial, {OWN_APP_SECRET},
    g.kind, g.session_id, g.base_url
FROM channels c JOIN pacing p ON p.channel_id = c.id LEFT JOIN gateway_sources g ON g.channel_id = c.id
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
    postponed: int
    """Earlier attempts in a row that a rate limit, or an unreachable Meta, put off."""
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
    RETURNING m.id, m.tenant_id, m.channel_id, m.attempt, m.attempts_spent, m.postponed, m.contact_phone,
        m.contact_bsuid, m.content, m.context_wamid, m.request_id
), opened AS (
    INSERT INTO attempts (message_id, number, tenant_id) SELECT id, attempt, tenant_id FROM started
)
SELECT * FROM started ORDER BY id
""")


_TAKE_TURN = text("SELECT FROM pacing WHERE channel_id = :channel_id FOR UPDATE")


def claim(connection: Connection, channel_id: UUID, limit: int, lease: timedelta = LEASE) -> list[ClaimedMessage]:
    """Claim up to `limit` due messages of a channel. Commit before the calls.

    As many as the number's throughput allows now, one only while the channel is on trial. What the pair's rate does not
    allow yet is postponed, what waits for its template is held. The channel's row in `pacing` serialises its claims; it
    is locked before the statement that claims, as that one sees only what was committed when it began.
    """
    connection.execute(_TAKE_TURN, {"channel_id": channel_id})
    values = {
        "channel_id": channel_id,
        "limit": limit,
        "lease": lease,
        "pair_interval": PAIR_INTERVAL,
        "pair_debt": PAIR_DEBT,
    }
    rows = connection.execute(_CLAIM, values)
    return [ClaimedMessage(*row) for row in rows]
