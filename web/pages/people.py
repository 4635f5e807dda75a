"""/settings/people: who may log in, as what; inviting by a link; a new password by a link; switching off."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.changes import invitations, people
from db.changes.refusal import NotFoundError, Refusal
from db.queries import users
from messaging.people import LANGUAGES, LONGEST_NAME, ROLES
from messaging.sentences import Sentence
from messaging.violations import Violation
from web.api.services import services
from web.pages import toasts
from web.pages.paging import PAGE, cursor_of, following
from web.people.language import LANGUAGE_NAMES
from web.people.rendering import page
from web.people.sessions import require_role, the_user

ROLE_NAMES = {"owner": Sentence("Owner"), "operator": Sentence("Operator"), "viewer": Sentence("Viewer")}
ROLE_DUTIES = {
    "owner": Sentence("may change everything"),
    "operator": Sentence("may answer customers, test, fetch and resume"),
    "viewer": Sentence("may look"),
}
CHANGED = Sentence("Saved.")
SWITCHED_OFF = Sentence("This person is switched off and logged out everywhere.")
SWITCHED_ON = Sentence("This person may log in again.")

blueprint = Blueprint("people", __name__, url_prefix="/settings/people")


@blueprint.get("")
def show() -> Response:
    """The people, newest first."""
    return _page()


@blueprint.post("")
@require_role("owner")
def invite() -> Response:
    """Invite somebody and show the link, this once."""
    user, form = the_user(), request.form
    name = " ".join(form.get("name", "").split())[:LONGEST_NAME]
    role, language = form.get("role", ""), form.get("language", "")
    if role not in ROLES or language not in LANGUAGES or not (name.isprintable() or not name):
        return _page(422)
    try:
        with services().database.transaction() as connection:
            made = invitations.invite(
                connection,
                user.tenant_id,
                actor=user.actor,
                login=form.get("login", ""),
                role=role,
                name=name,
                language=language,
            )
    except (Violation, Refusal) as refused:
        return _page(422, errors={"login": refused.detail})
    return _page(made=made, link=invitations.link(services().settings, made.token))


@blueprint.post("/<uuid:user_id>")
@require_role("owner")
def change(user_id: UUID) -> AnyResponse:
    """Give a person another role or language."""
    role, language = request.form.get("role"), request.form.get("language")
    _change(
        user_id,
        CHANGED,
        role=role if role in ROLES else None,
        language=language if language in LANGUAGES else None,
    )
    return redirect(url_for("people.show"), 303)


@blueprint.post("/<uuid:user_id>/reset")
@require_role("owner")
def make_reset_link(user_id: UUID) -> AnyResponse:
    """Make a link for a new password and show it, this once."""
    user = the_user()
    try:
        with services().database.transaction() as connection:
            made = invitations.reset(connection, user.tenant_id, user_id, actor=user.actor)
    except NotFoundError:
        raise
    except Refusal as refused:
        toasts.tell_failure(refused.detail)
        return redirect(url_for("people.show"), 303)
    return _page(made=made, link=invitations.link(services().settings, made.token))


@blueprint.post("/<uuid:user_id>/off")
@require_role("owner")
def switch_off(user_id: UUID) -> AnyResponse:
    """Let a person no longer in."""
    _change(user_id, SWITCHED_OFF, is_active=False)
    return redirect(url_for("people.show"), 303)


@blueprint.post("/<uuid:user_id>/on")
@require_role("owner")
def switch_on(user_id: UUID) -> AnyResponse:
    """Let a person in again."""
    _change(user_id, SWITCHED_ON, is_active=True)
    return redirect(url_for("people.show"), 303)


def _change(user_id: UUID, done: Sentence, **changes: Any) -> None:
    user = the_user()
    try:
        with services().database.transaction() as connection:
            people.change(connection, user.tenant_id, user_id, actor=user.actor, **changes)
    except NotFoundError:
        raise
    except Refusal as refused:
        toasts.tell_failure(refused.detail)
    else:
        toasts.tell(done)


def _page(
    status: int = 200,
    *,
    made: invitations.NewInvitation | None = None,
    link: str | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    with services().database.connect() as connection:
        rows = users.list_newest(connection, the_user().tenant_id, before=cursor_of(request.args), limit=PAGE + 1)
    return page(
        "settings/people.html",
        status,
        people=rows[:PAGE],
        older=following(rows),
        made=made,
        link=link,
        errors=errors or {},
        given=request.form,
        roles=ROLES,
        role_names=ROLE_NAMES,
        role_duties=ROLE_DUTIES,
        languages=LANGUAGES,
        language_names=LANGUAGE_NAMES,
    )
