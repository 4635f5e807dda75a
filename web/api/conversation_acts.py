"""What is done with conversations, by programs and by people alike: found, read, changed, noted upon."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from db.queries import conversations, live_events, read_marks
from db.queries.conversations import Changes
from db.queries.live_events import LiveEvent
from web.api import conversation_views
from web.api.media_views import files_of, sent_files
from web.api.message_lookup import as_id
from web.api.pagination import encode_cursor
from web.api.problems import Fault, Problem, invalid
from web.api.services import services
from worker.doorbell import ring
from worker.queues import HOUSEKEEPING


def find_conversation(connection: Connection, tenant_id: UUID, reference: str) -> Any:
    """Return a conversation of the tenant.

    Raises:
        Problem: 404.
    """
    conversation_id = as_id(reference)
    row = conversations.find(connection, tenant_id, conversation_id) if conversation_id else None
    if row is None:
        raise _not_found()
    return row


def thread_page(
    tenant_id: UUID, reference: str, before: UUID | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return messages of a conversation, newest first, and the cursor of the next page.

    Raises:
        Problem: 404.
    """
    with services().database.connect() as connection:
        conversation = find_conversation(connection, tenant_id, reference)
        rows = conversations.messages_of(connection, tenant_id, conversation.id, before=before, limit=limit + 1)
        page = rows[:limit]
        wamids = [row.wamid for row in page if row.wamid]
        about = conversations.about(connection, tenant_id, conversation.channel_id, wamids) if wamids else []
        files = files_of(connection, tenant_id, [row.id for row in page])
        files |= sent_files(connection, tenant_id, page)
    following = encode_cursor(page[-1].id) if len(rows) > limit else None
    return conversation_views.thread(page, about, files), following


def change(tenant_id: UUID, reference: str, changes: Changes) -> Any:
    """Change a conversation and tell whoever looks on; return it.

    Raises:
        Problem: 404, or 422: there is no such active user to assign it to.
    """
    with services().database.transaction() as connection:
        row = find_conversation(connection, tenant_id, reference)
        if not conversations.update(connection, tenant_id, row.id, changes):
            raise invalid(Fault("/assignee_id", "there is no such active user"))
        _tell(connection, tenant_id, row.id)
        return find_conversation(connection, tenant_id, reference)


def mark_read(tenant_id: UUID, reference: str, *, typing: bool = False) -> Any:
    """Mark all messages of a conversation as read, here and at the customer; return it.

    Raises:
        Problem: 404.
    """
    with services().database.transaction() as connection:
        row = find_conversation(connection, tenant_id, reference)
        conversations.update(connection, tenant_id, row.id, Changes(unread=0))
        read_marks.want(connection, tenant_id, row.id, typing=typing)
        _tell(connection, tenant_id, row.id)
        shown = find_conversation(connection, tenant_id, reference)
    ring(HOUSEKEEPING)
    return shown


def add_note(tenant_id: UUID, reference: str, *, author: str, words: str) -> tuple[Any, Any]:
    """Note something for colleagues; return the conversation and the note.

    Raises:
        Problem: 404.
    """
    with services().database.transaction() as connection:
        row = find_conversation(connection, tenant_id, reference)
        note = conversations.add_note(connection, tenant_id, row.id, author=author, words=words)
        if note is None:
            raise _not_found()
        _tell(connection, tenant_id, row.id)
    return row, note


def _tell(connection: Connection, tenant_id: UUID, conversation_id: UUID) -> None:
    live_events.emit(connection, [LiveEvent(tenant_id, "conversation_updated", conversation_id)])


def _not_found() -> Problem:
    return Problem(404, "conversation_not_found", "There is no such conversation.")
