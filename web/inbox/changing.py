"""/inbox/<conversation>/…: read, open or closed, assigned, labelled, noted upon, looked up again."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import ValidationError

from db.changes import contact_lookups
from db.changes.refusal import Refusal
from db.queries.conversations import Changes
from web.api import conversation_acts
from web.api.conversation_acts import find_conversation
from web.api.message_lookup import as_id
from web.api.problems import Problem
from web.api.schemas.conversations import ConversationChanges, NoteWanted
from web.api.services import services
from web.inbox import words
from web.inbox.pages import parts
from web.pages import toasts
from web.people.sessions import require_role, the_user

STATES: Final = ("open", "closed")

blueprint = Blueprint("changing", __name__, url_prefix="/inbox/<uuid:conversation_id>")


@blueprint.post("/read")
@require_role("operator")
def mark_read(conversation_id: UUID) -> Response:
    """Whoever has the conversation before their eyes has read it."""
    conversation_acts.mark_read(the_user().tenant_id, str(conversation_id))
    return parts(conversation_id)


@blueprint.post("/state")
@require_role("operator")
def change_state(conversation_id: UUID) -> Response:
    """Close the conversation, or open it again."""
    state = request.form.get("state")
    return _changed(conversation_id, Changes(state=state if state in STATES else None))


@blueprint.post("/assignee")
@require_role("operator")
def assign(conversation_id: UUID) -> Response:
    """Give the conversation to somebody, or to nobody."""
    given = request.form.get("assignee", "")
    try:
        return _changed(conversation_id, Changes(assigns=True, assignee_id=as_id(given)))
    except Problem as problem:
        if problem.status == 404:  # noqa: PLR2004 - HTTP's own number
            raise
        return _refused(conversation_id, words.NO_SUCH_PERSON)


@blueprint.post("/labels")
@require_role("operator")
def label(conversation_id: UUID) -> Response:
    """Put a label on the conversation, or take one off: the labels that stay, and perhaps a new one."""
    labels = [one.strip() for one in request.form.getlist("label") if one.strip()]
    try:
        wanted = ConversationChanges(labels=labels)
    except ValidationError:
        return _refused(conversation_id, words.LABEL_REFUSED)
    return _changed(conversation_id, Changes(labels=sorted(set(wanted.labels or ()))))


@blueprint.post("/notes")
@require_role("operator")
def add_note(conversation_id: UUID) -> Response:
    """Note something for colleagues."""
    user = the_user()
    try:
        wanted = NoteWanted(text=request.form.get("text", "").strip())
    except ValidationError:
        return _refused(conversation_id, words.NOTE_REFUSED)
    conversation_acts.add_note(user.tenant_id, str(conversation_id), author=user.actor, words=wanted.text)
    return parts(conversation_id)


@blueprint.post("/lookup")
@require_role("operator")
def look_up(conversation_id: UUID) -> Response:
    """Ask the organisation's own system about the customer again."""
    tenant_id = the_user().tenant_id
    try:
        with services().database.transaction() as connection:
            row = find_conversation(connection, tenant_id, str(conversation_id))
            if row.contact_id is not None:
                contact_lookups.ask_again(connection, tenant_id, row.contact_id)
    except Refusal as refused:
        return _refused(conversation_id, refused.detail)
    return parts(conversation_id)


def _changed(conversation_id: UUID, changes: Changes) -> Response:
    conversation_acts.change(the_user().tenant_id, str(conversation_id), changes)
    return parts(conversation_id)


def _refused(conversation_id: UUID, why: str) -> Response:
    toasts.tell_failure(why)
    return parts(conversation_id, 422)
