"""Questions to tenants' own systems about contacts: noticed apart from ingest, taken, answered, shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, text

from db.ids import first_id_at
from messaging.limits import DEFAULTS

OVERLAP = timedelta(seconds=DEFAULTS.lookups_overlap_seconds)
OF_EACH_TENANT = 5
"""Taken at once: a system that hangs holds its own questions up, and nobody else's."""

ADVISORY_LOCK = 7_261_004
"""Any constant of our own: one task asks at a time."""

_TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(:key)")


def take_turn(connection: Connection) -> bool:
    """Tell whether nobody else asks at the moment; if so, nobody else does until the transaction ends."""
    return bool(connection.execute(_TAKE_TURN, {"key": ADVISORY_LOCK}).scalar_one())


_NOTICE = text("""
WITH noticed AS (
    INSERT INTO contact_lookups (contact_id, tenant_id, due_at)
    SELECT c.id, c.tenant_id, now() FROM lookup_endpoints e
    JOIN contacts c ON c.tenant_id = e.tenant_id AND c.id >= e.new_from
    WHERE coalesce(c.phone, c.bsuid, c.lid) IS NOT NULL
        AND NOT EXISTS (SELECT FROM contact_lookups l WHERE l.contact_id = c.id)
    ORDER BY c.id
    ON CONFLICT DO NOTHING
)
UPDATE lookup_endpoints SET new_from = :new_from WHERE new_from < :new_from
""")


def notice_new_contacts(connection: Connection) -> None:
    """Put contacts that are new since the last look on the list of those to be asked about."""
    connection.execute(_NOTICE, {"new_from": first_id_at(datetime.now(UTC) - OVERLAP)})


_ASK_AGAIN = text("""
INSERT INTO contact_lookups AS l (contact_id, tenant_id, due_at)
SELECT c.id, c.tenant_id, now() FROM contacts c JOIN lookup_endpoints e ON e.tenant_id = c.tenant_id
WHERE c.tenant_id = :tenant_id AND c.id = :contact_id AND coalesce(c.phone, c.bsuid, c.lid) IS NOT NULL
ON CONFLICT (contact_id) DO UPDATE SET state = 'waiting', attempts = 0, due_at = now(), problem = NULL
WHERE l.state <> 'waiting'
""")


def ask_again(connection: Connection, tenant_id: UUID, contact_id: UUID) -> None:
    """Ask about a contact anew; what was answered before stays until then."""
    connection.execute(_ASK_AGAIN, {"tenant_id": tenant_id, "contact_id": contact_id})


@dataclass(slots=True, frozen=True)
class DueLookup:
    """A question on its way; `secret` is encrypted."""

    contact_id: UUID
    tenant_id: UUID
    attempts: int
    """This one included."""
    phone: str | None = field(repr=False)
    bsuid: str | None
    lid: str | None
    name: str | None = field(repr=False)
    username: str | None = field(repr=False)
    url: str
    secret: str = field(repr=False)


_TAKE = text("""
UPDATE contact_lookups l SET attempts = attempts + 1, due_at = now() + :lease
FROM contacts c, lookup_endpoints e, (
    SELECT waiting.contact_id FROM lookup_endpoints asked CROSS JOIN LATERAL (
        SELECT w.contact_id, w.due_at FROM contact_lookups w
        WHERE w.tenant_id = asked.tenant_id AND w.state = 'waiting' AND w.due_at <= now()
        ORDER BY w.due_at LIMIT :each FOR UPDATE SKIP LOCKED
    ) waiting ORDER BY waiting.due_at LIMIT :limit
) due
WHERE l.contact_id = due.contact_id AND c.id = l.contact_id AND e.tenant_id = l.tenant_id
RETURNING l.contact_id, l.tenant_id, l.attempts, c.phone, c.bsuid, c.lid, c.name, c.username, e.url, e.secret
""")


def take_due(connection: Connection, *, lease: timedelta, limit: int) -> list[DueLookup]:
    """Take questions to be asked now, few of each tenant; what is not recorded within `lease` is taken again."""
    values = {"lease": lease, "limit": limit, "each": OF_EACH_TENANT}
    return [DueLookup(*row) for row in connection.execute(_TAKE, values)]


_ANSWERED = text("""
UPDATE contact_lookups SET state = :state, answer = CAST(:answer AS jsonb), problem = NULL, due_at = NULL,
    answered_at = now()
WHERE contact_id = :contact_id AND state = 'waiting'
""")
_CONVERSATIONS = text("SELECT id FROM conversations WHERE tenant_id = :tenant_id AND contact_id = :contact_id")


def record_answer(connection: Connection, lookup: DueLookup, answer: Mapping[str, Any] | None) -> list[UUID]:
    """Keep an answer, None: nobody is known there; return the conversations beside which it is shown."""
    told = None if answer is None else orjson.dumps(answer).decode()
    state = "unknown" if answer is None else "answered"
    values = {"tenant_id": lookup.tenant_id, "contact_id": lookup.contact_id}
    connection.execute(_ANSWERED, {**values, "state": state, "answer": told})
    return list(connection.execute(_CONVERSATIONS, values).scalars())


_FAILED = text("""
UPDATE contact_lookups SET problem = :problem, due_at = now() + CAST(:pause AS interval),
    state = CASE WHEN CAST(:pause AS interval) IS NULL THEN 'failed' ELSE 'waiting' END
WHERE contact_id = :contact_id AND state = 'waiting'
""")


def record_failure(connection: Connection, contact_id: UUID, *, problem: str, pause: timedelta | None) -> None:
    """Note that no answer came; it is asked again after `pause`, None: no more."""
    connection.execute(_FAILED, {"contact_id": contact_id, "problem": problem, "pause": pause})


_FIND = text("""
SELECT state, answer, problem, answered_at FROM contact_lookups
WHERE tenant_id = :tenant_id AND contact_id = :contact_id
""")


def find(connection: Connection, tenant_id: UUID, contact_id: UUID) -> Row[Any] | None:
    """Return what is known of a contact's lookup; None: it was never to be asked."""
    return connection.execute(_FIND, {"tenant_id": tenant_id, "contact_id": contact_id}).first()
