"""/settings/customers: where an organisation's own system is asked about contacts, and how long things are kept."""

from typing import Final

from flask import Blueprint, Response, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from db.changes import retention as retention_changes
from db.queries import retention
from db.queries.endpoints import LOOKUP, find
from db.queries.retention import KeptDays
from messaging.sentences import Sentence
from web.api.schemas.contacts import LONGEST_KEPT_DAYS, ConversationSettings
from web.api.services import services
from web.pages import endpoints, toasts
from web.people.rendering import page
from web.people.sessions import require_role, the_user

BAD_DAYS: Final = Sentence("Give whole days from 1 to {most}, or nothing to keep it for good.", most=LONGEST_KEPT_DAYS)
REMOVED: Final = Sentence("Your system is asked no more. What it answered stays.")
STORED: Final = Sentence("Stored.")
KINDS: Final = ("messages", "media", "events")

blueprint = Blueprint("customers", __name__, url_prefix="/settings/customers")


@blueprint.get("")
def show() -> Response:
    """Both, as they are set."""
    return _page()


@blueprint.post("/lookup")
@require_role("owner")
def set_lookup() -> Response:
    """Set where contacts are looked up and show the secret, this once."""
    return endpoints.put(LOOKUP, _page)


@blueprint.post("/lookup/remove")
@require_role("owner")
def remove_lookup() -> AnyResponse:
    """Ask no more."""
    return endpoints.remove(LOOKUP, "customers.show", REMOVED)


@blueprint.post("/retention")
@require_role("owner")
def set_retention() -> AnyResponse:
    """Set how long things are kept."""
    try:
        days = _days()
    except (ValidationError, ValueError):
        return _page(422, days_error=BAD_DAYS, given={kind: request.form.get(kind, "") for kind in KINDS})
    with services().database.transaction() as connection:
        retention_changes.change(connection, the_user().tenant_id, days, actor=the_user().actor)
    toasts.tell(STORED)
    return redirect(url_for("customers.show"), 303)


def _days() -> KeptDays:
    """Return what the form says.

    Raises:
        ValueError, ValidationError: no whole numbers, or out of bounds.
    """
    numbers = {kind: _whole_number(request.form.get(kind, "").strip()) for kind in KINDS}
    checked = ConversationSettings.model_validate({f"{kind}_days": number for kind, number in numbers.items()})
    return KeptDays(checked.messages_days, checked.media_days, checked.events_days)


def _whole_number(given: str) -> int | None:
    if given and not (given.isascii() and given.isdecimal()):
        raise ValueError(given)
    return int(given) if given else None


def _page(
    status: int = 200,
    *,
    secret: str | None = None,
    url: str = "",
    error: Sentence | None = None,
    given: dict[str, str] | None = None,
    days_error: Sentence | None = None,
) -> Response:
    tenant_id = the_user().tenant_id
    with services().database.connect() as connection:
        endpoint = find(connection, LOOKUP, tenant_id)
        days = retention.find(connection, tenant_id)
    return page(
        "settings/customers.html",
        status,
        endpoint=endpoint,
        secret=secret,
        url=url,
        error=error,
        days=given or {kind: getattr(days, kind) or "" for kind in KINDS},
        days_error=days_error,
        most_days=LONGEST_KEPT_DAYS,
        raw_days=services().settings.raw_events_days,
    )
