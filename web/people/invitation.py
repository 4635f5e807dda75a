"""/invitation/<token>: a person who was invited sets a password and is in."""

from typing import Any

from flask import Blueprint, Response, request

from db.changes import invitations as changes
from db.changes.refusal import NotFoundError
from db.passwords import hashed
from db.queries import invitations
from messaging.people import LONGEST_NAME
from web.api.services import services
from web.people import messages
from web.people.language import speak
from web.people.new_password import RefusedError, read
from web.people.redirects import send_on
from web.people.rendering import page
from web.people.sessions import sign_in

TEMPLATE = "people/invitation.html"

blueprint = Blueprint("invitation", __name__, url_prefix="/invitation")


@blueprint.get("/<token>")
def show(token: str) -> Response:
    """The form; looking at it uses nothing up."""
    invitation = _open(token)
    if invitation is None:
        return _gone()
    speak(invitation.language)
    return page(TEMPLATE, invitation=invitation, name=invitation.name, errors={})


@blueprint.post("/<token>")
def submit(token: str) -> Response:
    """Set the password, once."""
    invitation = _open(token)
    if invitation is None:
        return _gone()
    speak(invitation.language)
    name = request.form.get("name", "").strip()[:LONGEST_NAME] or invitation.name
    try:
        password_hash = hashed(read(request.form, invitation.login))
        with services().database.transaction() as connection:
            user_id, epoch = changes.accept(connection, token, password_hash, name=name)
    except RefusedError as refused:
        return page(TEMPLATE, 422, invitation=invitation, name=name, errors=refused.errors)
    except NotFoundError:
        return _gone()
    sign_in(user_id, epoch)
    return send_on(None)


def _open(token: str) -> Any:
    with services().database.connect() as connection:
        return invitations.find_open(connection, changes.digest_of(token))


def _gone() -> Response:
    return page("people/message.html", 404, message=messages.INVITATION_GONE)
