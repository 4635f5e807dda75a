"""/inbox: the list of conversations, one of them opened, and what changed since."""

from typing import Any, Final
from uuid import UUID

import orjson
from flask import Blueprint, Response, request

from db.queries import live_events
from web.api.services import services
from web.inbox import words
from web.inbox.showing import Wanted, composer, latest_event, listed, opened_conversation, steps, wanted
from web.people.rendering import page
from web.people.sessions import require_role, the_user

MOST_EVENTS: Final = 1000
"""Read at one look; whoever was away longer looks again at once."""
LIST_CHANGED: Final = "inbox-list"
THREAD_CHANGED: Final = "inbox-thread"
"""Events in the browser: that part of the page is fetched again."""

blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")


@blueprint.get("")
def show() -> Response:
    """The list alone."""
    if "HX-Request" in request.headers:
        return page("inbox/nothing.html")
    return page("inbox/inbox.html", since=latest_event(), list=listed(Wanted()))


@blueprint.get("/<uuid:conversation_id>")
def open_conversation(conversation_id: UUID) -> Response:
    """The list, and a conversation; for htmx the conversation alone."""
    since = latest_event()
    opened = opened_conversation(conversation_id) | {"writing": composer(conversation_id), "words": words}
    if "HX-Request" in request.headers:
        return page("inbox/conversation.html", **opened)
    return page("inbox/inbox.html", since=since, list=listed(Wanted()), **opened)


@blueprint.post("/list")
@require_role("viewer")
def show_list() -> Response:
    """The list as it is filtered: by POST, as names and numbers belong in no address."""
    return page("inbox/list.html", list=listed(wanted()))


@blueprint.get("/<uuid:conversation_id>/parts")
def show_parts(conversation_id: UUID) -> Response:
    """What may have changed of an open conversation."""
    return parts(conversation_id)


@blueprint.get("/changes")
def show_changes() -> Response:
    """What changed since an event: 204 when nothing did."""
    tenant_id, since = the_user().tenant_id, _number(request.args.get("since", ""))
    with services().database.transaction() as connection:
        live_events.number(connection)
    with services().database.connect() as connection:
        events = live_events.since(connection, tenant_id, since, MOST_EVENTS)
    touched = {str(one.conversation_id) for one in events if one.conversation_id}
    if not events:
        return Response(status=204)
    told: dict[str, dict[str, str]] = {LIST_CHANGED: {}} if touched else {}
    if request.args.get("open") in touched:
        told[THREAD_CHANGED] = {}
    return page("inbox/since.html", headers={"HX-Trigger": orjson.dumps(told).decode()}, since=events[-1].sequence)


def parts(conversation_id: UUID, status: int = 200, *, answered: dict[str, Any] | None = None) -> Response:
    """Return the parts of a conversation that change, each in its place.

    Args:
        conversation_id: of the tenant of the person who asks.
        status: HTTP status.
        answered: what the place for answers shows; None: as the browser has it, unless it is of another kind now.

    Raises:
        Problem: 404.
    """
    opened = opened_conversation(conversation_id, steps(request.values.get("shown", "")))
    is_other = opened["mode"] != request.values.get("mode")
    writing = composer(conversation_id) | (answered or {}) if is_other or answered is not None else None
    return page("inbox/parts.html", status, words=words, **opened, writing=writing)


def _number(given: str) -> int:
    """Return a sequence number; what is none counts from the beginning."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < len(str(2**63)) else 0
