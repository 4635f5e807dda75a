"""/v1/conversations: threads with customers, read, assigned, closed, labelled, noted upon."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from db.queries import conversations
from db.queries.conversations import Changes, Filters
from web.api import conversation_acts, conversation_examples, conversation_views
from web.api.answers import created, json_answer, moment
from web.api.auth import current_actor, current_tenant, protect
from web.api.conversation_acts import find_conversation
from web.api.conversation_cursor import decode_place, encode_place
from web.api.message_lookup import as_id
from web.api.pagination import decode_cursor
from web.api.problems import Fault, invalid
from web.api.schemas.conversations import (
    ConversationChanges,
    ConversationList,
    ConversationQuery,
    ConversationShown,
    NoteList,
    NoteShown,
    NoteWanted,
    ReadMark,
    Thread,
    ThreadQuery,
)
from web.api.services import services

COLLECTION = "/v1/conversations"
NOBODY = "none"

blueprint = APIBlueprint("conversations", __name__, tag="Conversations", url_prefix=COLLECTION)
protect(blueprint)


@blueprint.get("")
@blueprint.input(ConversationQuery, location="query")
@blueprint.output(ConversationList, example={"data": [conversation_examples.CONVERSATION], "next": None})
@blueprint.doc(operation_id="listConversations")
def list_conversations(query_data: ConversationQuery) -> Response:
    """List conversations, the one with the newest message first"""
    filters = Filters(
        state=query_data.state,
        assignee_id=_assignee(query_data.assignee),
        unassigned=True if query_data.assignee == NOBODY else None,
        unread=query_data.unread,
        label=query_data.label,
        search=query_data.search,
        after=decode_place(query_data.cursor) if query_data.cursor else None,
    )
    with services().database.connect() as connection:
        rows = conversations.list_newest(connection, current_tenant(), filters, query_data.limit + 1)
    page = rows[: query_data.limit]
    following = encode_place(page[-1]) if len(rows) > query_data.limit else None
    return json_answer({"data": [conversation_views.conversation(row) for row in page], "next": following})


@blueprint.get("/<conversation_id>")
@blueprint.output(ConversationShown, example=conversation_examples.CONVERSATION)
@blueprint.doc(operation_id="getConversation")
def get_conversation(conversation_id: str) -> Response:
    """Show a conversation"""
    with services().database.connect() as connection:
        row = find_conversation(connection, current_tenant(), conversation_id)
    return json_answer(conversation_views.conversation(row))


@blueprint.patch("/<conversation_id>")
@blueprint.input(ConversationChanges, example={"state": "closed"})
@blueprint.output(ConversationShown, example=conversation_examples.CONVERSATION)
@blueprint.doc(operation_id="changeConversation")
def change_conversation(conversation_id: str, json_data: ConversationChanges) -> Response:
    """Open, close, assign or label a conversation"""
    with services().database.connect() as connection:
        find_conversation(connection, current_tenant(), conversation_id)
    changes = Changes(
        state=json_data.state,
        assigns="assignee_id" in json_data.model_fields_set,
        assignee_id=_assignee(json_data.assignee_id, "/assignee_id"),
        labels=None if json_data.labels is None else sorted(set(json_data.labels)),
    )
    row = conversation_acts.change(current_tenant(), conversation_id, changes)
    return json_answer(conversation_views.conversation(row))


@blueprint.post("/<conversation_id>/read")
@blueprint.input(ReadMark, example={"typing": True})
@blueprint.output(ConversationShown, example=conversation_examples.CONVERSATION)
@blueprint.doc(operation_id="readConversation")
def read_conversation(conversation_id: str, json_data: ReadMark) -> Response:
    """Mark all messages of a conversation as read

    The customer sees blue ticks; with `typing` also, for 25 seconds at most, that an answer is being written.
    """
    row = conversation_acts.mark_read(current_tenant(), conversation_id, typing=json_data.typing)
    return json_answer(conversation_views.conversation(row))


@blueprint.get("/<conversation_id>/messages")
@blueprint.input(ThreadQuery, location="query")
@blueprint.output(Thread, example={"data": [conversation_examples.THREAD_MESSAGE], "next": None})
@blueprint.doc(operation_id="listConversationMessages")
def list_conversation_messages(conversation_id: str, query_data: ThreadQuery) -> Response:
    """List the messages of a conversation, newest first

    Reactions, edits and messages taken back are shown at the messages that they are about.
    """
    before = decode_cursor(query_data.cursor) if query_data.cursor else None
    data, following = conversation_acts.thread_page(current_tenant(), conversation_id, before, query_data.limit)
    return json_answer({"data": data, "next": following})


@blueprint.get("/<conversation_id>/notes")
@blueprint.output(NoteList, example={"data": [conversation_examples.NOTE], "next": None})
@blueprint.doc(operation_id="listConversationNotes")
def list_notes(conversation_id: str) -> Response:
    """List the newest notes of a conversation"""
    with services().database.connect() as connection:
        row = find_conversation(connection, current_tenant(), conversation_id)
        notes = conversations.notes_of(connection, current_tenant(), row.id)
    return json_answer({"data": [_note(one) for one in notes], "next": None})


@blueprint.post("/<conversation_id>/notes")
@blueprint.input(NoteWanted, example={"text": "Pagará el viernes."})
@blueprint.output(NoteShown, 201, example=conversation_examples.NOTE)
@blueprint.doc(operation_id="addConversationNote")
def add_note(conversation_id: str, json_data: NoteWanted) -> Response:
    """Note something for colleagues; the customer never sees it"""
    row, note = conversation_acts.add_note(
        current_tenant(), conversation_id, author=current_actor(), words=json_data.text
    )
    return created(_note(note), f"{COLLECTION}/{row.id}/notes", str(note.id))


def _assignee(given: str | None, pointer: str = "/assignee") -> UUID | None:
    if given is None or given == NOBODY:
        return None
    assignee_id = as_id(given)
    if assignee_id is None:
        raise invalid(Fault(pointer, "there is no such user"))
    return assignee_id


def _note(row: Any) -> dict[str, Any]:
    return {"id": str(row.id), "author": row.author, "text": row.text, "created_at": moment(row.created_at)}
