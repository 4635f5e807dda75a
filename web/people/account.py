"""/account: one's own name, language, password and sessions."""

from flask import Blueprint, Response, request

from db import passwords
from db.changes import people
from messaging.people import LANGUAGES, LONGEST_NAME
from web.api.services import services
from web.people import messages
from web.people.authentication import WrongCredentialsError, verify
from web.people.language import LANGUAGE_NAMES
from web.people.new_password import RefusedError, read
from web.people.redirects import send_on
from web.people.rendering import page
from web.people.sessions import sign_in, sign_out, the_user
from web.people.throttle import ThrottledError

TEMPLATE = "people/account.html"

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
def show() -> Response:
    """One's own account."""
    return page(TEMPLATE, errors={}, language_names=LANGUAGE_NAMES)


@blueprint.post("/profile")
def change_profile() -> Response:
    """Change one's name and language."""
    user, name = the_user(), request.form.get("name", "").strip()[:LONGEST_NAME]
    language = request.form.get("language", user.language)
    if not name or "\0" in name or language not in LANGUAGES:
        return page(TEMPLATE, 422, errors={"name": messages.NAME_EMPTY}, language_names=LANGUAGE_NAMES)
    with services().database.transaction() as connection:
        people.change(connection, user.tenant_id, user.id, actor=user.actor, name=name, language=language)
    return send_on("/account")


@blueprint.post("/password")
def change_password() -> Response:
    """Change one's password: every other session ends, this one goes on under a new cookie."""
    user = the_user()
    try:
        new = read(request.form, user.login)
        verify(services().database, user.login, request.form.get("current", ""), request.remote_addr or "")
    except RefusedError as refused:
        return page(TEMPLATE, 422, errors=refused.errors, language_names=LANGUAGE_NAMES)
    except WrongCredentialsError:
        return page(TEMPLATE, 422, errors={"current": messages.WRONG_PASSWORD}, language_names=LANGUAGE_NAMES)
    except ThrottledError as throttled:
        headers = {"Retry-After": str(throttled.seconds)}
        return page(TEMPLATE, 429, headers, errors={"current": messages.THROTTLED}, language_names=LANGUAGE_NAMES)
    password_hash = passwords.hashed(new)
    with services().database.transaction() as connection:
        epoch = people.set_password(connection, user.tenant_id, user.id, password_hash, actor=user.actor)
    sign_in(user.id, epoch)
    return page(TEMPLATE, errors={}, language_names=LANGUAGE_NAMES, done=messages.PASSWORD_CHANGED)


@blueprint.post("/sessions/end")
def end_sessions() -> Response:
    """End all of one's sessions, this one as well."""
    user = the_user()
    with services().database.transaction() as connection:
        people.end_sessions(connection, user.tenant_id, user.id, actor=user.actor)
    sign_out()
    return send_on("/login")
