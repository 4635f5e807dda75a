"""/settings/texts: texts that people send often."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from db.queries import canned_responses
from messaging.sentences import Sentence
from web.api.schemas.contacts import CannedWanted
from web.api.services import services
from web.pages import toasts
from web.people.rendering import page
from web.people.sessions import require_role, the_user

STORED = Sentence("Stored.")
REMOVED = Sentence("Removed.")
REFUSED = Sentence("The shortcut has 1 to 40 small letters, digits, - or _; the text has at most 4096 characters.")

blueprint = Blueprint("texts", __name__, url_prefix="/settings/texts")


@blueprint.get("")
def show() -> Response:
    """The texts, by their shortcuts."""
    return _page()


@blueprint.post("")
@require_role("operator")
def put() -> AnyResponse:
    """Store a text under its shortcut, in place of the one before."""
    shortcut, words = request.form.get("shortcut", "").strip().lower(), request.form.get("text", "").strip()
    try:
        wanted = CannedWanted(shortcut=shortcut, text=words)
    except ValidationError:
        return _page(422, REFUSED)
    with services().database.transaction() as connection:
        canned_responses.put(connection, the_user().tenant_id, wanted.shortcut, wanted.text)
    toasts.tell(STORED)
    return redirect(url_for("texts.show"), 303)


@blueprint.post("/<uuid:text_id>/remove")
@require_role("operator")
def remove(text_id: UUID) -> AnyResponse:
    """Remove a text."""
    with services().database.transaction() as connection:
        if not canned_responses.remove(connection, the_user().tenant_id, text_id):
            raise NotFound
    toasts.tell(REMOVED)
    return redirect(url_for("texts.show"), 303)


def _page(status: int = 200, error: Sentence | None = None) -> Response:
    with services().database.connect() as connection:
        rows = canned_responses.list_all(connection, the_user().tenant_id)
    return page("inbox/texts.html", status, texts=rows, error=error, given=request.form)
