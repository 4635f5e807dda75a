"""Conversations as people work with them: listed, shown, assigned, closed, labelled, read, noted upon."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ids import new_id
from db.queries.messages import SHOWN

_CONVERSATION = """
v.id, v.tenant_id, v.channel_id, v.contact_id, v.group_id, v.state, v.assignee_id, v.unread, v.labels,
v.window_closes_at, v.last_message_at, v.closed_at, v.created_at, c.phone, c.bsuid, c.lid, c.name, c.username,
c.display_name, c.external_id, c.attributes, c.marketing_act, c.utility_act, c.unreachable_at,
last.id AS last_id, last.type AS last_type, last.text AS last_text, last.direction AS last_direction,
last.status AS last_status
"""
_FROM = """
FROM conversations v
LEFT JOIN contacts c ON c.id = v.contact_id
LEFT JOIN LATERAL (
    SELECT m.id, m.type, m.text, m.direction, m.status FROM messages m
    WHERE m.conversation_id = v.id AND m.type NOT IN ('reaction', 'edit', 'revoke') ORDER BY m.id DESC LIMIT 1
) last ON true
"""


@dataclass(slots=True, frozen=True)
class Place:
    """Where a page of the list begins: after this conversation, as it stood then."""

    last_message_at: datetime
    id: UUID


@dataclass(slots=True, frozen=True, kw_only=True)
class Filters:
    """What a list shows; None: any."""

    state: str | None = None
    assignee_id: UUID | None = None
    unassigned: bool | None = None
    unread: bool | None = None
    label: str | None = None
    search: str | None = None
    """Part of a name, or of a number's digits."""
    after: Place | None = None


_CONDITIONS = {
    "state": "v.state = :state",
    "assignee_id": "v.assignee_id = :assignee_id",
    "unassigned": "(v.assignee_id IS NULL) = :unassigned",
    "unread": "(v.unread > 0) = :unread",
    "label": ":label = ANY(v.labels)",
    "search": """(c.display_name ILIKE :search OR c.name ILIKE :search OR c.username ILIKE :search
        OR c.phone LIKE :search OR c.external_id ILIKE :search)""",
    "after": "(v.last_message_at, v.id) < (:after_at, :after_id)",
}


def list_newest(connection: Connection, tenant_id: UUID, filters: Filters, limit: int) -> Sequence[Row[Any]]:
    """Return conversations of the tenant, the one with the newest message first."""
    wanted = [
        "v.tenant_id = :tenant_id",
        *(sql for name, sql in _CONDITIONS.items() if getattr(filters, name) is not None),
    ]
    query = text(
        f"SELECT {_CONVERSATION} {_FROM} WHERE {' AND '.join(wanted)}"
        " ORDER BY v.last_message_at DESC, v.id DESC LIMIT :limit"
    )
    values = {name: getattr(filters, name) for name in _CONDITIONS if name not in ("after", "search")}
    place = filters.after
    return connection.execute(
        query,
        {
            **values,
            "search": None if filters.search is None else f"%{_literal(filters.search)}%",
            "after_at": place.last_message_at if place else None,
            "after_id": place.id if place else None,
            "tenant_id": tenant_id,
            "limit": limit,
        },
    ).all()


def _literal(search: str) -> str:
    return search.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


_FIND = text(f"SELECT {_CONVERSATION} {_FROM} WHERE v.tenant_id = :tenant_id AND v.id = :id")


def find(connection: Connection, tenant_id: UUID, conversation_id: UUID) -> Row[Any] | None:
    """Return a conversation of the tenant."""
    return connection.execute(_FIND, {"tenant_id": tenant_id, "id": conversation_id}).first()


@dataclass(slots=True, frozen=True, kw_only=True)
class Changes:
    """What a person changes; None: as it is. `assignee_id` counts when `assigns` is set."""

    state: str | None = None
    assigns: bool = False
    assignee_id: UUID | None = None
    labels: list[str] | None = None
    unread: int | None = None


_UPDATE = text("""
UPDATE conversations SET
    state = coalesce(:state, state),
    closed_at = CASE WHEN :state = 'closed' THEN coalesce(closed_at, now()) WHEN :state = 'open' THEN NULL
        ELSE closed_at END,
    assignee_id = CASE WHEN :assigns THEN CAST(:assignee_id AS uuid) ELSE assignee_id END,
    labels = coalesce(CAST(:labels AS text[]), labels),
    unread = coalesce(:unread, unread),
    updated_at = now()
WHERE tenant_id = :tenant_id AND id = :id
    AND (NOT :assigns OR CAST(:assignee_id AS uuid) IS NULL OR EXISTS (
        SELECT FROM users u WHERE u.id = :assignee_id AND u.tenant_id = :tenant_id AND u.is_active
    ))
RETURNING id
""")


def update(connection: Connection, tenant_id: UUID, conversation_id: UUID, changes: Changes) -> bool:
    """Change a conversation; False when there is none, or no such active user to assign it to."""
    values = {
        "tenant_id": tenant_id,
        "id": conversation_id,
        "state": changes.state,
        "assigns": changes.assigns,
        "assignee_id": changes.assignee_id,
        "labels": changes.labels,
        "unread": changes.unread,
    }
    return connection.execute(_UPDATE, values).first() is not None


_MESSAGES = text(f"""
SELECT {SHOWN}, m.channel_id, m.source, m.context_wamid, m.content, m.group_id, m.contact_name
FROM messages m
WHERE m.tenant_id = :tenant_id AND m.conversation_id = :id AND m.type NOT IN ('reaction', 'edit', 'revoke')
    AND (CAST(:before AS uuid) IS NULL OR m.id < :before)
ORDER BY m.id DESC LIMIT :limit
""")


def messages_of(
    connection: Connection, tenant_id: UUID, conversation_id: UUID, *, before: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Return messages of a conversation, newest first; what is about other messages is no message of its own."""
    values = {"tenant_id": tenant_id, "id": conversation_id, "before": before, "limit": limit}
    return connection.execute(_MESSAGES, values).all()


_ABOUT = text("""
SELECT context_wamid, type, direction, text, coalesce(delivered_at, sent_at, created_at) AS at,
    coalesce(content -> 'reaction', content -> 'message' -> 'reaction') ->> 'emoji' AS emoji
FROM messages
WHERE channel_id = :channel_id AND tenant_id = :tenant_id AND context_wamid = ANY(:wamids)
    AND type IN ('reaction', 'edit', 'revoke') AND status <> 'failed'
""")


def about(connection: Connection, tenant_id: UUID, channel_id: UUID, wamids: Sequence[str]) -> Sequence[Row[Any]]:
    """Return what later messages say about messages: reactions, edits, and messages taken back."""
    values = {"tenant_id": tenant_id, "channel_id": channel_id, "wamids": list(wamids)}
    return connection.execute(_ABOUT, values).all()


_ADD_NOTE = text("""
INSERT INTO conversation_notes (id, tenant_id, conversation_id, author, text)
SELECT :note_id, v.tenant_id, v.id, :author, :text FROM conversations v WHERE v.tenant_id = :tenant_id AND v.id = :id
RETURNING id, author, text, created_at
""")
_NOTES = text("""
SELECT id, author, text, created_at FROM conversation_notes
WHERE tenant_id = :tenant_id AND conversation_id = :id ORDER BY id DESC LIMIT 200
""")


def add_note(
    connection: Connection, tenant_id: UUID, conversation_id: UUID, *, author: str, words: str
) -> Row[Any] | None:
    """Note something for colleagues; None when there is no such conversation."""
    values = {"note_id": new_id(), "tenant_id": tenant_id, "id": conversation_id, "author": author, "text": words}
    return connection.execute(_ADD_NOTE, values).first()


def notes_of(connection: Connection, tenant_id: UUID, conversation_id: UUID) -> Sequence[Row[Any]]:
    """Return the newest notes."""
    return connection.execute(_NOTES, {"tenant_id": tenant_id, "id": conversation_id}).all()
