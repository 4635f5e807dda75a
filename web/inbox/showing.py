"""What the inbox shows: its list, and one conversation with all that stands beside it."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from flask import request

from db.queries import canned_responses, contact_lookups, conversations, live_events, users
from db.queries.conversations import Filters
from web.api import conversation_views
from web.api.conversation_acts import find_conversation, thread_page
from web.api.services import services
from web.api.tenants import SENDABLE, TenantConfig
from web.inbox import words
from web.inbox.lines import lines, summary
from web.people.sessions import the_user

STEP: Final = 50
"""Conversations, or messages, that one more look shows."""
MOST: Final = 500
"""Of which none is shown beyond it: who looks for more, searches."""
LONGEST_SEARCH: Final = 100
MOST_PEOPLE: Final = 200
NOT_FOR_THREADS: Final = "AUTHENTICATION"
"""Templates that answer a login."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is asked for."""

    search: str = ""
    state: str = "open"
    assignee: str = ""
    unread: bool = False
    shown: int = STEP

    def filters(self, user_id: UUID) -> Filters:
        """Return it as the query takes it."""
        return Filters(
            state=self.state or None,
            assignee_id=user_id if self.assignee == "me" else None,
            unassigned=True if self.assignee == "nobody" else None,
            unread=True if self.unread else None,
            search=self.search or None,
        )


def wanted() -> Wanted:
    """Return what the form of the list asks for; what is none of ours counts as not asked."""
    form = request.form
    state, assignee = form.get("state", ""), form.get("assignee", "")
    return Wanted(
        search=form.get("search", "").replace("\0", "").strip()[:LONGEST_SEARCH],
        state=state if state in ("open", "closed") else "",
        assignee=assignee if assignee in ("me", "nobody") else "",
        unread="unread" in form,
        shown=steps(form.get("shown", "")),
    )


def steps(given: str) -> int:
    """Return how many entries are asked for: some steps."""
    asked = int(given) if given.isascii() and given.isdecimal() and len(given) <= len(str(MOST)) else STEP
    return min(max(asked, STEP), MOST)


def listed(asked: Wanted) -> dict[str, Any]:
    """Return what the list shows."""
    user = the_user()
    with services().database.connect() as connection:
        rows = conversations.list_newest(connection, user.tenant_id, asked.filters(user.id), asked.shown + 1)
    shown = [conversation_views.conversation(row) for row in rows[: asked.shown]]
    return {
        "asked": asked,
        "conversations": [{**one, "title": title(one), "last": _last(one)} for one in shown],
        "more": asked.shown + STEP if len(rows) > asked.shown and asked.shown < MOST else None,
        "people": people_by_id(),
        "opened": opened(),
    }


def opened() -> str:
    """Return the id of the conversation that is open beside the list, "" for none."""
    return str((request.view_args or {}).get("conversation_id") or request.values.get("open", ""))


def title(conversation: dict[str, Any]) -> str:
    """Return who a conversation is with."""
    contact = conversation["contact"]
    if contact is None:
        return str(conversation["group_id"])
    return str(contact["name"] or contact["phone"] or contact["username"] or contact["bsuid"] or contact["lid"])


def latest_event() -> int:
    """Return the number of the tenant's latest live event. Ask before reading what is shown."""
    with services().database.connect() as connection:
        return live_events.latest(connection, the_user().tenant_id)


def opened_conversation(conversation_id: UUID, shown: int = STEP) -> dict[str, Any]:
    """Return all that a conversation shows.

    Args:
        conversation_id: of the tenant of the person who asks.
        shown: messages at most.

    Raises:
        Problem: 404.
    """
    user, reference = the_user(), str(conversation_id)
    with services().database.connect() as connection:
        row = find_conversation(connection, user.tenant_id, reference)
        notes = conversations.notes_of(connection, user.tenant_id, row.id)
        lookup = contact_lookups.find(connection, user.tenant_id, row.contact_id) if row.contact_id else None
    messages, following = thread_page(user.tenant_id, reference, None, shown)
    config = services().tenants.of_channel(user.tenant_id, row.channel_id)
    conversation = conversation_views.conversation(row)
    return {
        "conversation": conversation,
        "attributes": row.attributes,
        "lookup": lookup,
        "title": title(conversation),
        "address": address(row),
        "lines": lines(messages, config.templates if config else {}),
        "more": shown + STEP if following and shown < MOST else None,
        "shown": shown,
        "notes": notes,
        "people": people_by_id(),
        "mode": _mode(row, conversation, config),
        "templates": _templates(config),
    }


def composer(conversation_id: UUID) -> dict[str, Any]:
    """Return what writing an answer needs besides: texts at hand, and what tells one try from another."""
    with services().database.connect() as connection:
        canned = canned_responses.list_all(connection, the_user().tenant_id)
    return {"canned": canned, "once": uuid4().hex, "conversation_id": conversation_id}


def people_by_id() -> dict[str, Any]:
    """Return whom a conversation can be assigned to, by id."""
    with services().database.connect() as connection:
        rows = users.list_newest(connection, the_user().tenant_id, before=None, limit=MOST_PEOPLE)
    return {str(row.id): row for row in rows if row.is_active}


def address(row: Any) -> str | None:
    """Return where answers go; None: nowhere, it is a group."""
    found: str | None = row.phone or row.bsuid or row.lid
    return found


def _mode(row: Any, conversation: dict[str, Any], config: TenantConfig | None) -> str:
    """How one may answer: with a text, with a template, or not at all."""
    if not the_user().may("operator"):
        return "looking"
    if address(row) is None:
        return "group"
    if config is None or config.channel is None:
        return "disconnected"
    return "text" if config.channel.is_gateway or conversation["window"]["is_open"] else "template"


def _templates(config: TenantConfig | None) -> list[Any]:
    known = config.templates.values() if config else ()
    usable = [one for one in known if one.status == SENDABLE and one.definition.get("category") != NOT_FOR_THREADS]
    return sorted(usable, key=lambda one: (one.name, one.language))


def _last(conversation: dict[str, Any]) -> dict[str, Any] | None:
    last = conversation["last_message"]
    if last is None:
        return None
    is_ours = last["direction"] == "outbound"
    return {"text": summary(last), "tick": words.TICKS.get(last["status"]) if is_ours else None}
