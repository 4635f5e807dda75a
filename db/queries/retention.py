"""How long tenants keep things, and what has outlived that: taken away in bounded batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from db.ids import first_id_at


@dataclass(slots=True, frozen=True)
class KeptDays:
    """How many days a tenant keeps things; None: for good, files as long as their messages."""

    messages: int | None = None
    media: int | None = None
    events: int | None = None


_FIND = text("SELECT messages_days, media_days, events_days FROM conversation_settings WHERE tenant_id = :tenant_id")


def find(connection: Connection, tenant_id: UUID) -> KeptDays:
    """Return how long a tenant keeps things."""
    row = connection.execute(_FIND, {"tenant_id": tenant_id}).first()
    return KeptDays() if row is None else KeptDays(*row)


_PUT = text("""
INSERT INTO conversation_settings (tenant_id, messages_days, media_days, events_days)
VALUES (:tenant_id, :messages, :media, :events)
ON CONFLICT (tenant_id) DO UPDATE SET messages_days = EXCLUDED.messages_days, media_days = EXCLUDED.media_days,
    events_days = EXCLUDED.events_days, updated_at = now()
""")


def put(connection: Connection, tenant_id: UUID, days: KeptDays) -> None:
    """Set how long a tenant keeps things."""
    values = {"messages": days.messages, "media": days.media, "events": days.events}
    connection.execute(_PUT, {"tenant_id": tenant_id, **values})


@dataclass(slots=True, frozen=True)
class Forgetful:
    """A tenant that does not keep everything for good."""

    tenant_id: UUID
    days: KeptDays


_FORGETFUL = text("""
SELECT tenant_id, messages_days, media_days, events_days FROM conversation_settings
WHERE messages_days IS NOT NULL OR events_days IS NOT NULL ORDER BY random()
""")
"""In any order: when there is more to do than fits into one run, nobody is always the last."""


def forgetful_tenants(connection: Connection) -> list[Forgetful]:
    """Return the tenants whose messages or events have an end."""
    return [Forgetful(tenant_id, KeptDays(*days)) for tenant_id, *days in connection.execute(_FORGETFUL)]


_BEGIN_AGAIN = text("""
UPDATE conversation_settings SET cleared_to = NULL, looked_through_at = now()
WHERE messages_days IS NOT NULL AND (looked_through_at IS NULL OR looked_through_at < now() - :after)
""")


def begin_again(connection: Connection, after: timedelta) -> None:
    """Look through the old messages of tenants from the first one on, where that is so long ago.

    Messages can come to stand among the old ones later (an imported history), or were still to be sent when they were
    looked at.
    """
    connection.execute(_BEGIN_AGAIN, {"after": after})


@dataclass(slots=True, frozen=True)
class Cleared:
    """One batch of old messages."""

    looked_at: int
    cleared: int
    paths: Sequence[str]
    """Of their files, which are to be taken away."""


_CLEAR = text("""
WITH settings AS (
    SELECT tenant_id, cleared_to FROM conversation_settings WHERE tenant_id = :tenant_id
    FOR NO KEY UPDATE SKIP LOCKED
), old AS (
    SELECT next.id FROM settings s CROSS JOIN LATERAL (
        SELECT m.id FROM messages m WHERE m.tenant_id = s.tenant_id AND m.id < :before
            AND m.id > coalesce(s.cleared_to, '00000000-0000-0000-0000-000000000000')
        ORDER BY m.id LIMIT :limit
    ) next
), locked AS (
    SELECT m.id FROM old JOIN messages m ON m.id = old.id
    WHERE m.cleared_at IS NULL AND NOT EXISTS (SELECT FROM outbox o WHERE o.message_id = m.id)
    ORDER BY m.id FOR NO KEY UPDATE OF m SKIP LOCKED
), cleared AS (
    UPDATE messages m SET text = NULL, cleared_at = now(), updated_at = now(),
        content = jsonb_build_object('cleared', true) || CASE WHEN m.content -> 'template' IS NULL
            THEN CAST('{}' AS jsonb)
            ELSE jsonb_build_object('template', jsonb_build_object(
                'name', m.content #> '{template,name}', 'language', m.content #> '{template,language}'
            )) END
    FROM locked WHERE m.id = locked.id RETURNING m.id
), receipts_cleared AS (
    UPDATE receipts r SET raw = '{}' FROM locked WHERE r.message_id = locked.id AND r.tenant_id = :tenant_id
), files AS (
    UPDATE media_files f SET state = 'deleted', filename = NULL, meta_id = NULL, due_at = NULL
    FROM locked WHERE f.message_id = locked.id AND f.tenant_id = :tenant_id AND f.state <> 'deleted' RETURNING f.path
), reached AS (
    UPDATE conversation_settings c
    SET cleared_to = coalesce((SELECT id FROM old ORDER BY id DESC LIMIT 1), c.cleared_to)
    FROM settings s WHERE c.tenant_id = s.tenant_id
)
SELECT (SELECT count(*) FROM old), (SELECT count(*) FROM cleared),
    (SELECT coalesce(array_agg(path), '{}') FROM files WHERE path IS NOT NULL)
""")


def clear_messages(connection: Connection, tenant_id: UUID, days: int, limit: int) -> Cleared:
    """Take the content from a tenant's next messages that are older than so many days.

    Times, statuses, addressees, attempts and a template's name stay: they prove what was delivered. What is still to be
    sent is left alone.
    """
    values = {"tenant_id": tenant_id, "before": _first_kept(connection, days), "limit": limit}
    return Cleared(*connection.execute(_CLEAR, values).one())


_DROP_NOTES = text("""
DELETE FROM conversation_notes WHERE id IN (
    SELECT id FROM conversation_notes WHERE tenant_id = :tenant_id AND id < :before ORDER BY id LIMIT :limit
)
""")
_DROP_EVENTS = text("""
DELETE FROM events WHERE id IN (
    SELECT id FROM events
    WHERE tenant_id = :tenant_id AND state IN ('stored', 'unhandled', 'failed', 'replayed') AND id < :before
        AND updated_at < now() - make_interval(days => :days)
    LIMIT :limit
)
""")
"""One that was replayed lately is still asked whose its replay is. All states are named for the index."""


def drop_notes(connection: Connection, tenant_id: UUID, days: int, limit: int) -> int:
    """Delete a tenant's notes that are older than so many days; return how many, at most `limit`."""
    return _dropped(connection, _DROP_NOTES, tenant_id, days, limit)


def drop_events(connection: Connection, tenant_id: UUID, days: int, limit: int) -> int:
    """Delete a tenant's events that are older than so many days; return how many, at most `limit`."""
    return _dropped(connection, _DROP_EVENTS, tenant_id, days, limit)


def _dropped(connection: Connection, statement: Any, tenant_id: UUID, days: int, limit: int) -> int:
    values = {"tenant_id": tenant_id, "before": _first_kept(connection, days), "days": days, "limit": limit}
    return connection.execute(statement, values).rowcount


_NOW = text("SELECT now()")
"""By Postgres's clock: a worker's that runs ahead would take away what is to be kept."""


def _first_kept(connection: Connection, days: int) -> UUID:
    return first_id_at(connection.execute(_NOW).scalar_one() - timedelta(days=days))
