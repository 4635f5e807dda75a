"""Who is logged in. Looked up in Postgres at every request: what ends a session ends it at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast
from uuid import UUID

import flask_login
from flask import Flask, Response, abort, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin

from db.queries import users
from messaging.people import ROLES
from web.api.services import services

LONGEST_SECONDS: Final = 7 * 24 * 3600
"""However much a session is used, then the password is asked for again."""
SINCE: Final = "since"

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class SignedIn(UserMixin):  # type: ignore[misc] # the library has no types
    """The person of a session."""

    id: UUID
    tenant_id: UUID
    tenant_name: str
    login: str
    name: str
    role: str
    language: str
    epoch: int

    def get_id(self) -> str:
        """Return what the cookie holds: the user and the epoch that the session is of."""
        return f"{self.id}.{self.epoch}"

    @property
    def actor(self) -> str:
        """Whom the audit log names."""
        return f"user:{self.login}"

    def may(self, role: str) -> bool:
        """Tell whether the person may do what `role` may."""
        return ROLES.index(self.role) <= ROLES.index(role)


def install_sessions(app: Flask, public: frozenset[str]) -> None:
    """Let only people who are logged in reach the app's routes.

    Args:
        app: with `web.people.cookies` and services installed.
        public: endpoints for everybody.
    """
    manager = LoginManager()
    manager.session_protection = None  # it ends sessions when a phone changes its network
    manager.user_loader(_load)
    manager.init_app(app)

    @app.before_request
    def _require_login() -> Response | None:
        if request.endpoint is None or request.endpoint in public or current_user() is not None:
            return None
        return _to_login()


def current_user() -> SignedIn | None:
    """Return the person who asks; None: nobody is logged in."""
    user = flask_login.current_user
    return cast(SignedIn, user._get_current_object()) if user.is_authenticated else None


def the_user() -> SignedIn:
    """Return the person who asks, on a route that is not public."""
    user = current_user()
    if user is None:
        abort(401)
    return user


def sign_in(user_id: UUID, epoch: int) -> None:
    """Begin a session; nothing of the one before it is kept (session fixation).

    Args:
        user_id: who.
        epoch: the user's, after whatever ended the sessions before.
    """
    user = _found(user_id, epoch)
    session.clear()
    if user is not None:
        flask_login.login_user(user)
        session.permanent = True
        session[SINCE] = int(time.time())


def sign_out() -> None:
    """End this session in this browser."""
    flask_login.logout_user()
    session.clear()


def require_role(role: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only people who may do what `role` may reach a view; others get 403."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not the_user().may(role):
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return decorate


def _load(given: str) -> SignedIn | None:
    if session.get(SINCE, 0) + LONGEST_SECONDS < time.time():
        return None
    user_id, _, epoch = given.partition(".")
    try:
        return _found(UUID(user_id), int(epoch))
    except ValueError:
        return None


def _found(user_id: UUID, epoch: int) -> SignedIn | None:
    with services().database.connect() as connection:
        row: Any = users.in_session(connection, user_id, epoch)
    return None if row is None else SignedIn(*row)


def _to_login() -> Response:
    """Send to the login and back; a part of a page (htmx) cannot be replaced by a whole one."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" and "HX-Request" not in request.headers else None
    address = url_for("login.show", next=wanted)
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": address})
    return cast(Response, redirect(address))
