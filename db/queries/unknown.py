"""Messages of unknown outcome: settled by receipts, by silence that means something, or by a person.

The rule for silence. Meta reports `sent` within seconds, also when the customer's phone is off. So a message that
brought no receipt for `unknown_silence_seconds` was probably never accepted, provided that receipts did arrive when
its own would have: at least `unknown_witnesses` messages of the same channel, sent within
`unknown_near_seconds` of it, brought a
receipt that soon; no message that Meta accepted in that time is still without one; and nothing old waits in our own
inbox. Then it is sent once more by itself. If that brings no answer again, or nothing can witness, it waits for a
person.

Why the witnesses must be near: messages sent after an outage of ours have their receipts at once, while Meta holds
those of the outage back for its next retry. What the rule cannot know: a single receipt that is held back while its
neighbours' arrive.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from messaging.limits import DEFAULTS

INBOX_IS_CURRENT_WITHIN = timedelta(seconds=DEFAULTS.inbox_is_current_seconds)
NEAR = timedelta(seconds=DEFAULTS.unknown_near_seconds)
QUEUED_BEFORE = timedelta(seconds=DEFAULTS.unknown_queued_before_seconds)


@dataclass(slots=True, frozen=True)
class SilentMessage:
    """A message of unknown outcome whose time to be looked at has come."""

    id: UUID
    tenant_id: UUID
    resends: int
    witnesses: int
    """Neighbours in time with a receipt that came soon, counted up to the number that is needed."""
    has_silent_neighbour: bool
    """A neighbour that Meta accepted has no receipt either."""
    is_of_gateway: bool
    """Its receipts never carry our id, so that silence proves nothing: it is never sent again by itself."""


_FIRST_ID_AT = "(lpad(to_hex((extract(epoch FROM {moment}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid"
"""The smallest UUIDv7 of a moment, so that the index by tenant and id finds neighbours without reading the rest."""

_NEIGHBOURS = f"""
FROM messages w JOIN attempts wa ON wa.message_id = w.id AND wa.number = w.attempt
WHERE w.tenant_id = m.tenant_id AND w.channel_id = m.channel_id AND w.direction = 'outbound' AND w.id <> m.id
    AND w.id >= {_FIRST_ID_AT.format(moment="a.started_at - :queued")}
    AND w.id < {_FIRST_ID_AT.format(moment="a.started_at + :near")}
    AND wa.started_at BETWEEN a.started_at - :near AND a.started_at + :near AND w.wamid IS NOT NULL
"""

_LOOK_AT = text(f"""
SELECT m.id, m.tenant_id, m.unknown_resends, (
    SELECT count(*) FROM (
        SELECT {_NEIGHBOURS} AND EXISTS (
            SELECT FROM receipts r WHERE r.message_id = w.id AND r.received_at <= wa.started_at + :near
        ) LIMIT :needed
    ) AS witness
), EXISTS (
    SELECT {_NEIGHBOURS} AND coalesce(w.sent_at, w.delivered_at, w.read_at, w.failed_at) IS NULL
), EXISTS (SELECT FROM gateway_sources g WHERE g.channel_id = m.channel_id)
FROM outbox o JOIN messages m ON m.id = o.message_id JOIN attempts a ON a.message_id = m.id AND a.number = m.attempt
WHERE o.state = 'unknown' AND o.due_at <= now() AND m.status = 'unknown'
ORDER BY o.due_at LIMIT :limit FOR UPDATE OF o SKIP LOCKED
""")


def look_at(connection: Connection, *, needed: int, limit: int = 100) -> list[SilentMessage]:
    """Return unknown messages that are due, with what their neighbours tell."""
    rows = connection.execute(_LOOK_AT, {"needed": needed, "limit": limit, "near": NEAR, "queued": QUEUED_BEFORE})
    return [SilentMessage(*row) for row in rows]


_INBOX_IS_CURRENT = text("SELECT NOT EXISTS (SELECT FROM inbox_queue WHERE received_at < now() - :age)")


def inbox_is_current(connection: Connection) -> bool:
    """Tell whether every webhook has been processed but for the last seconds'."""
    return bool(connection.execute(_INBOX_IS_CURRENT, {"age": INBOX_IS_CURRENT_WITHIN}).scalar_one())


_SEND_AGAIN = text("""
WITH again AS (
    UPDATE messages SET status = 'queued', unknown_resends = unknown_resends + 1, updated_at = clock_timestamp()
    WHERE id = :id AND status = 'unknown' RETURNING id
)
UPDATE outbox o SET state = 'waiting', due_at = now() FROM again WHERE o.message_id = again.id
""")


def send_again(connection: Connection, message_id: UUID) -> bool:
    """Queue an unknown message as a new attempt; False when a receipt settled it meanwhile."""
    return connection.execute(_SEND_AGAIN, {"id": message_id}).rowcount > 0


_WAIT = text(
    "UPDATE outbox SET due_at = CASE WHEN :for_a_person THEN 'infinity' ELSE now() + :delay END WHERE message_id = :id"
)


def wait(connection: Connection, message_id: UUID, delay: timedelta | None) -> None:
    """Look at a message again after `delay`; None: leave it to receipts and people."""
    values = {"id": message_id, "for_a_person": delay is None, "delay": delay or timedelta(0)}
    connection.execute(_WAIT, values)


_SETTLE = text("""
WITH settled AS (
    UPDATE messages m SET status = :status, updated_at = clock_timestamp(), error_title = :title, error_code = NULL,
        error_detail = NULL,
        accepted_at = CASE WHEN :status = 'accepted' THEN clock_timestamp() ELSE m.accepted_at END,
        failed_at = CASE WHEN :status = 'failed' THEN clock_timestamp() ELSE m.failed_at END
    WHERE m.id = :id AND m.tenant_id = :tenant_id AND m.status = 'unknown'
    RETURNING m.id, m.attempt
), closed AS (
    UPDATE attempts a SET outcome = 'settled' FROM settled s WHERE a.message_id = s.id AND a.number = s.attempt
), gone AS (
    DELETE FROM outbox o USING settled s WHERE o.message_id = s.id
)
SELECT id FROM settled
""")


def settle(connection: Connection, tenant_id: UUID, message_id: UUID, *, was_sent: bool) -> bool:
    """Settle an unknown message by a person's word: accepted, or failed (and free to be sent again).

    Receipts that come later still count. False when the message is not unknown.
    """
    values = {
        "id": message_id,
        "tenant_id": tenant_id,
        "status": "accepted" if was_sent else "failed",
        "title": None if was_sent else "A person found that it was not sent",
    }
    return connection.execute(_SETTLE, values).first() is not None
