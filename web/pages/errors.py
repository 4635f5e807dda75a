"""Errors as pages."""

from flask import Flask, Response
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from db.passwords import BusyError
from observability.logging import get_logger
from web.api.database import PostgresGoneError
from web.people import messages
from web.people.rendering import PAGE_POLICY
from web.security_headers import POLICY

RETRY_AFTER_SECONDS = 5

TITLES = {
    400: messages.FORM_EXPIRED,
    401: "Log in first.",
    403: "Your role does not allow this.",
    404: "There is nothing at this address.",
    405: "This address does not take this.",
    413: "This is too much.",
    500: "Something broke here. Tell whoever runs this system.",
    503: "The database cannot be reached. Try again in a few seconds.",
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Paperboy</title></head><body><main><h1>{status}</h1><p>{text}</p></main></body></html>
"""
"""Without the layout: who is logged in may be just what cannot be told."""

log = get_logger(__name__)


def register_error_handlers(app: Flask) -> None:
    """Make every error of the pages a page."""
    app.register_error_handler(CSRFError, lambda _error: _page(400))
    app.register_error_handler(HTTPException, _http_error)
    for unavailable in (OperationalError, InterfaceError, PoolTimeoutError, PostgresGoneError, BusyError):
        app.register_error_handler(unavailable, _unavailable)
    app.register_error_handler(Exception, _internal_error)


def _http_error(error: HTTPException) -> Response:
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return _page(error.code or 500, headers)


def _unavailable(error: Exception) -> Response:
    log.error("pages.unavailable", error=type(getattr(error, "orig", None) or error).__name__)
    return _page(503, {"Retry-After": str(RETRY_AFTER_SECONDS)})


def _internal_error(error: Exception) -> Response:
    log.error("pages.failed", error=type(error).__name__, exc_info=error)
    return _page(500)


def _page(status: int, headers: dict[str, str] | None = None) -> Response:
    text = TITLES.get(status, "This cannot be done.")
    return Response(
        PAGE.format(status=status, text=text),
        status,
        headers={POLICY: PAGE_POLICY, **(headers or {})},
        content_type="text/html; charset=utf-8",
    )
