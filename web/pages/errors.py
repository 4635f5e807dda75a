"""Errors as pages."""

from typing import Final

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from db.changes.refusal import NotFoundError
from db.passwords import BusyError
from messaging.sentences import Sentence
from observability.logging import get_logger
from web.api.database import PostgresGoneError
from web.api.problems import Problem
from web.people import messages
from web.people.language import language_of_browser, speak
from web.people.rendering import PAGE_POLICY
from web.retry_after import RETRY_AFTER
from web.security_headers import POLICY

TITLES: Final = {
    400: messages.FORM_EXPIRED,
    401: Sentence("Log in first."),
    403: Sentence("Your role does not allow this."),
    404: Sentence("There is nothing at this address."),
    405: Sentence("This address does not take this."),
    413: Sentence("This is too much."),
    429: Sentence("Too many requests. Wait a minute, then go on."),
    500: Sentence("Something broke here. Tell whoever runs this system."),
    503: Sentence("The database cannot be reached. Try again in a few seconds."),
}
OTHER: Final = Sentence("This cannot be done.")

log = get_logger(__name__)


def register_error_handlers(app: Flask) -> None:
    """Make every error of the pages a page."""
    app.register_error_handler(CSRFError, lambda _error: error_page(400))
    app.register_error_handler(NotFoundError, lambda _error: error_page(404))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Problem, lambda problem: error_page(problem.status))
    for unavailable in (OperationalError, InterfaceError, PoolTimeoutError, PostgresGoneError, BusyError):
        app.register_error_handler(unavailable, _unavailable)
    app.register_error_handler(Exception, _internal_error)


def _http_error(error: HTTPException) -> Response:
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return error_page(error.code or 500, headers)


def _unavailable(error: Exception) -> Response:
    log.error("pages.unavailable", error=type(getattr(error, "orig", None) or error).__name__)
    return error_page(503, RETRY_AFTER)


def _internal_error(error: Exception) -> Response:
    log.error("pages.failed", error=type(error).__name__, exc_info=error)
    return error_page(500)


def error_page(status: int, headers: dict[str, str] | None = None) -> Response:
    """Return an error as a page, without asking who is logged in: that may be just what cannot be told."""
    if "language" not in g:
        user = g.get("_login_user")
        speak(user.language if user is not None and user.is_authenticated else language_of_browser())
    template = current_app.jinja_env.get_template("error.html")
    home = f"{request.script_root}/"
    text = template.render(status=status, text=TITLES.get(status, OTHER), language=g.language, home=home)
    return Response(
        text, status, headers={POLICY: PAGE_POLICY, **(headers or {})}, content_type="text/html; charset=utf-8"
    )
