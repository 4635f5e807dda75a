"""/settings/keys: API keys are made, shown once, and revoked."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.api_keys import ALL_SCOPES
from db.changes import keys
from db.queries import api_keys
from messaging.sentences import Sentence
from messaging.violations import Violation
from web.api.services import services
from web.pages import toasts
from web.pages.paging import PAGE, cursor_of, following
from web.people.rendering import page
from web.people.sessions import require_role, the_user

LONGEST_NAME = 100
LIVES = {"30": timedelta(days=30), "90": timedelta(days=90), "365": timedelta(days=365)}
"""Days that can be chosen; anything else: it never expires."""
SCOPES = {
    "send": Sentence("Send messages and documents"),
    "read": Sentence("Read messages, documents and events"),
    "settings": Sentence("Change numbers, keys and people"),
    "sessions": Sentence("Look after gateway sessions"),
}
NAME_MISSING = Sentence("Say which system will use the key.")
REVOKED = Sentence("The key is revoked. Programs that use it are refused within ten seconds.")

blueprint = Blueprint("keys", __name__, url_prefix="/settings/keys")


@blueprint.get("")
def show() -> Response:
    """The keys, newest first."""
    return _page()


@blueprint.post("")
@require_role("owner")
def create() -> Response:
    """Make a key and show it, this once."""
    user, name = the_user(), " ".join(request.form.get("name", "").split())[:LONGEST_NAME]
    scopes = request.form.getlist("scopes")
    if not name or not name.isprintable():
        return _page(422, errors={"name": NAME_MISSING})
    life = LIVES.get(request.form.get("life", ""))
    expires_at = datetime.now(UTC) + life if life else None
    try:
        with services().database.transaction() as connection:
            made = keys.create(
                connection, user.tenant_id, actor=user.actor, name=name, scopes=scopes, expires_at=expires_at
            )
    except Violation as violation:
        return _page(422, errors={violation.at: violation.detail})
    return _page(made=made)


@blueprint.post("/<uuid:key_id>/revoke")
@require_role("owner")
def revoke(key_id: UUID) -> AnyResponse:
    """Revoke a key."""
    user = the_user()
    with services().database.transaction() as connection:
        keys.revoke(connection, user.tenant_id, key_id, actor=user.actor)
    toasts.tell(REVOKED)
    return redirect(url_for("keys.show"), 303)


def _page(status: int = 200, *, made: keys.NewKey | None = None, errors: dict[str, Any] | None = None) -> Response:
    before = cursor_of(request.args)
    with services().database.connect() as connection:
        rows = api_keys.list_newest(connection, the_user().tenant_id, before=before, limit=PAGE + 1)
    return page(
        "settings/keys.html",
        status,
        keys=rows[:PAGE],
        older=following(rows),
        made=made,
        errors=errors or {},
        scopes={name: SCOPES[name] for name in ALL_SCOPES},
        lives=LIVES,
        given=request.form,
        now=datetime.now(UTC),
    )
