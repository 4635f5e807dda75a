"""Session events and what they make of their sessions. Set-based: statements do not grow with the number of events."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.queries.bulk import record_source, rows_parameter
from db.queries.live_events import told_sessions

KNOWN_EVENTS = 200
"""How far back a session's history is read to find a late event its place: about forty lives from QR to lost."""


@dataclass(slots=True)
class HeardEvent:
    """A session event to be kept; the transition is found afterwards."""

    id: UUID
    tenant_id: UUID
    channel_id: UUID
    event: str
    word: str
    state: str
    is_step: bool
    unless_after: dict[str, str]
    message: str
    happened_at: datetime | None
    arrived_at: datetime
    at: datetime
    before: str
    after: str
    digest: bytes


_EVENT_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "channel_id": "uuid",
    "event": "text",
    "word": "text",
    "state": "text",
    "is_step": "bool",
    "unless_after": "jsonb",
    "message": "text",
    "happened_at": "timestamptz",
    "arrived_at": "timestamptz",
    "at": "timestamptz",
    "before": "text",
    "after": "text",
    "digest": "bytea",
}

_LOCK = text("""
SELECT channel_id, told_state FROM gateway_sessions WHERE channel_id = ANY(:ids) ORDER BY channel_id FOR UPDATE
""")


def lock(connection: Connection, channel_ids: Iterable[UUID]) -> dict[UUID, str | None]:
    """Lock sessions; return what was last told of each, by channel."""
    rows = connection.execute(_LOCK, {"ids": sorted(set(channel_ids))})
    return {row.channel_id: row.told_state for row in rows}


_ADD = text(f"""
INSERT INTO session_events ({", ".join(_EVENT_COLUMNS)})
SELECT DISTINCT ON (v.channel_id, v.digest) v.* FROM {record_source(_EVENT_COLUMNS)}
ORDER BY v.channel_id, v.digest, v.arrived_at, v.id
ON CONFLICT (channel_id, digest) DO NOTHING RETURNING id
""")


def add_events(connection: Connection, events: Sequence[HeardEvent]) -> set[UUID]:
    """Keep events of locked sessions, each once; return the ids of those that are new."""
    return set(connection.execute(_ADD, rows_parameter(events)).scalars())


_HISTORY = text("""
SELECT e.* FROM unnest(CAST(:ids AS uuid[])) AS wanted(channel_id) CROSS JOIN LATERAL (
    SELECT * FROM session_events s WHERE s.channel_id = wanted.channel_id
    ORDER BY s.at DESC, s.arrived_at DESC, s.id DESC LIMIT :known
) e ORDER BY e.channel_id, e.at, e.arrived_at, e.id
""")


def history(connection: Connection, channel_ids: Sequence[UUID], known: int = KNOWN_EVENTS) -> Sequence[Row[Any]]:
    """Return the latest events of sessions, each session's in the order in which they happened."""
    return connection.execute(_HISTORY, {"ids": list(channel_ids), "known": known}).all()


@dataclass(slots=True, frozen=True)
class EventTransition:
    """What an event did, now that its place is known."""

    id: UUID
    before: str
    after: str


_TRANSITION_COLUMNS = {"id": "uuid", "before": "text", "after": "text"}
_SET_TRANSITIONS = text(f"""
UPDATE session_events e SET before = v.before, after = v.after FROM {record_source(_TRANSITION_COLUMNS)}
WHERE e.id = v.id
""")


def set_transitions(connection: Connection, transitions: Sequence[EventTransition]) -> None:
    """Correct what events did: a late one changes what followed it."""
    connection.execute(_SET_TRANSITIONS, rows_parameter(transitions))


@dataclass(slots=True, frozen=True)
class SessionNow:
    """A session as its events make it. None leaves QR, code and phone as they are."""

    channel_id: UUID
    status: str
    message: str | None
    keeps_qr: bool
    """False: QR and pairing code are used up."""
    qr: str | None
    pairing_code: str | None
    must_fetch_qr: bool
    phone: str | None
    told_state: str | None


_NOW_COLUMNS = {
    "channel_id": "uuid",
    "status": "text",
    "message": "text",
    "keeps_qr": "bool",
    "qr": "text",
    "pairing_code": "text",
    "must_fetch_qr": "bool",
    "phone": "text",
    "told_state": "text",
}
_SET_SESSIONS = text(f"""
WITH before AS (
    SELECT s.channel_id, s.status FROM gateway_sessions s WHERE s.channel_id = ANY(:channels)
), now AS (
    UPDATE gateway_sessions s SET
        status = v.status,
        message = coalesce(v.message, s.message),
        phone = coalesce(v.phone, s.phone),
        told_state = v.told_state,
        qr = CASE WHEN v.keeps_qr THEN coalesce(v.qr, CASE WHEN NOT v.must_fetch_qr THEN s.qr END) END,
        pairing_code = CASE WHEN v.keeps_qr THEN coalesce(v.pairing_code, s.pairing_code) END,
        qr_expires_at = CASE
            WHEN v.keeps_qr AND coalesce(v.qr, v.pairing_code) IS NOT NULL THEN now() + :lifetime
            WHEN v.keeps_qr THEN s.qr_expires_at
        END,
        qr_wanted_at = CASE WHEN v.keeps_qr AND v.must_fetch_qr THEN now() WHEN v.keeps_qr THEN s.qr_wanted_at END,
        updated_at = clock_timestamp()
    FROM {record_source(_NOW_COLUMNS)} WHERE s.channel_id = v.channel_id
    RETURNING s.channel_id, s.tenant_id, s.status, coalesce(v.qr, v.pairing_code) IS NOT NULL AS has_news
), told AS (
    SELECT now.* FROM now JOIN before USING (channel_id) WHERE now.has_news OR now.status <> before.status
)
{told_sessions("told")}
""")
"""Told is every change of the state, and every new QR or pairing code: never the code itself."""


def set_sessions(connection: Connection, sessions: Sequence[SessionNow], qr_lifetime: timedelta) -> None:
    """Write sessions as they are now; a new QR lives for `qr_lifetime`."""
    connection.execute(
        _SET_SESSIONS,
        {
            **rows_parameter(sessions),
            "lifetime": qr_lifetime,
            "channels": [one.channel_id for one in sessions],
        },
    )


_FORGET_QRS = text(f"""
WITH told AS (
    UPDATE gateway_sessions SET qr = NULL, pairing_code = NULL, qr_expires_at = NULL
    WHERE qr_expires_at <= now() RETURNING channel_id, tenant_id, status
)
{told_sessions("told")}
""")


def forget_expired_qrs(connection: Connection) -> int:
    """Erase QRs and pairing codes whose time is over, and tell of their sessions; return how many."""
    return connection.execute(_FORGET_QRS).rowcount


_FORGET_EVENTS = text("DELETE FROM session_events WHERE arrived_at < now() - :age")


def forget_events(connection: Connection, age: timedelta) -> int:
    """Drop the history of sessions that is older than `age`; return how many events."""
    return connection.execute(_FORGET_EVENTS, {"age": age}).rowcount


_TAKE_WANTED_QRS = text("""
UPDATE gateway_sessions SET qr_wanted_at = NULL WHERE channel_id IN (
    SELECT channel_id FROM gateway_sessions WHERE qr_wanted_at IS NOT NULL
    ORDER BY qr_wanted_at LIMIT :limit FOR UPDATE SKIP LOCKED
) RETURNING channel_id
""")


def take_wanted_qrs(connection: Connection, limit: int = 20) -> list[UUID]:
    """Return the sessions whose QR has to be fetched; each is returned once for each time it is told of."""
    return list(connection.execute(_TAKE_WANTED_QRS, {"limit": limit}).scalars())


_SET_QR = text(f"""
WITH told AS (
    UPDATE gateway_sessions SET qr = :qr, qr_expires_at = now() + :lifetime, updated_at = clock_timestamp()
    WHERE channel_id = :channel_id AND status = 'qr_generated' RETURNING channel_id, tenant_id, status
)
{told_sessions("told")}
""")


def set_qr(connection: Connection, channel_id: UUID, qr: str, lifetime: timedelta) -> None:
    """Keep a fetched QR (encrypted), unless the session went on meanwhile."""
    connection.execute(_SET_QR, {"channel_id": channel_id, "qr": qr, "lifetime": lifetime})


MOST_TRANSITIONS = 300
"""A session that changes more often in a day is drawn from where the newest of them begin."""
_TRANSITIONS = text("""
SELECT t.channel_id, t.at, t.before, t.after FROM gateway_sources g CROSS JOIN LATERAL (
    SELECT * FROM session_events e
    WHERE e.channel_id = g.channel_id AND e.at >= :since AND e.before <> e.after
    ORDER BY e.at DESC, e.arrived_at DESC, e.id DESC LIMIT :most
) t
WHERE g.tenant_id = :tenant_id AND (CAST(:channel_id AS uuid) IS NULL OR g.channel_id = :channel_id)
ORDER BY t.channel_id, t.at, t.arrived_at, t.id
""")


def transitions_since(
    connection: Connection, tenant_id: UUID, since: datetime, channel_id: UUID | None = None
) -> dict[UUID, list[Row[Any]]]:
    """Return the changes of state of a tenant's sessions by channel, oldest first; only one's when it is given."""
    values = {"tenant_id": tenant_id, "since": since, "channel_id": channel_id, "most": MOST_TRANSITIONS}
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_TRANSITIONS, values):
        found[row.channel_id].append(row)
    return found


_EVENTS = text("""
SELECT e.event, e.word, e.before, e.after, e.message, e.happened_at, e.arrived_at, e.at
FROM session_events e JOIN gateway_sources g ON g.channel_id = e.channel_id
WHERE g.tenant_id = :tenant_id AND g.session_id = :session_id
ORDER BY e.at DESC, e.arrived_at DESC, e.id DESC LIMIT :limit
""")


def events_of(connection: Connection, tenant_id: UUID, session_id: str, limit: int) -> Sequence[Row[Any]]:
    """Return the latest events of a session, newest first."""
    return connection.execute(_EVENTS, {"tenant_id": tenant_id, "session_id": session_id, "limit": limit}).all()
