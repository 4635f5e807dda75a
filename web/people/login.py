"""/login and /logout."""

from typing import Any

from flask import Blueprint, Response, request

from db.passwords import BusyError
from web.api.services import services
from web.people import messages
from web.people.authentication import WrongCredentialsError, log_in, verify
from web.people.redirects import is_ours, send_on
from web.people.rendering import page
from web.people.sessions import current_user, sign_in, sign_out
from web.people.throttle import ThrottledError

BUSY_SECONDS = 5
TEMPLATE = "people/login.html"

blueprint = Blueprint("login", __name__)


@blueprint.get("/login")
def show() -> Response:
    """The form, or onward for who is logged in already."""
    target = request.args.get("next")
    return send_on(target) if current_user() else _form(next=_kept(target))


@blueprint.post("/login")
def submit() -> Response:
    """Log in: 303 onward, 401 when it is not right, 429 when it was tried too often."""
    login, target = request.form.get("login", ""), request.form.get("next")
    database = services().database
    context: dict[str, Any] = {"login": login, "next": _kept(target)}
    try:
        verified = verify(database, login, request.form.get("password", ""), request.remote_addr or "")
        user_id, epoch = log_in(database, verified)
    except ThrottledError as throttled:
        headers = {"Retry-After": str(throttled.seconds)}
        return _form(429, headers, error=messages.THROTTLED, seconds=throttled.seconds, **context)
    except WrongCredentialsError:
        return _form(401, error=messages.WRONG_CREDENTIALS, **context)
    except BusyError:
        return _form(503, {"Retry-After": str(BUSY_SECONDS)}, error=messages.BUSY, **context)
    sign_in(user_id, epoch)
    return send_on(target)


@blueprint.post("/logout")
def leave() -> Response:
    """Log out."""
    sign_out()
    return send_on("/login")


def _form(status: int = 200, headers: dict[str, str] | None = None, **context: Any) -> Response:
    return page(TEMPLATE, status, headers, **context)


def _kept(target: str | None) -> str:
    return target if target and is_ours(target) else ""
