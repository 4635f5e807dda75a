"""How often one person may ask for pages. Counted in each process, so that it needs no Redis; errors let it through."""

import math
import time
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, request, session
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address

from web.api.limit_storage import SCHEME
from web.pages.errors import error_page

ASKS_META: Final = frozenset(
    {
        "connection.test",
        "sample_invoice.send",
        "templates.fetch",
        "webhook.subscribe",
        "webhook.register_callback",
    }
)
"""What makes us call others, or sends something that costs money."""
MOST_CALLS: Final = "20/minute"
"""Nobody reads the answers of more. What is refused counts for nothing."""


def install_page_limit(app: Flask, limit: str) -> None:
    """Limit what each session (without one: each address) may ask for.

    Args:
        app: with `web.people.cookies` installed, and before the login is asked for.
        limit: "600/minute".
    """
    calls = ApplicationLimit(
        MOST_CALLS,
        exempt_when=lambda: request.endpoint not in ASKS_META,
        deduct_when=lambda response: response.status_code < HTTPStatus.BAD_REQUEST,
    )
    limiter = Limiter(
        _person,
        application_limits=[limit, calls],
        storage_uri=f"{SCHEME}://",
        swallow_errors=True,
        headers_enabled=False,
    )
    limiter.request_filter(lambda: request.endpoint in (None, "static"))
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, lambda _error: _refused(limiter))


def _person() -> str:
    """The session, whose cookie is signed: nobody is looked up to be counted."""
    return str(session.get("_user_id") or f"address {get_remote_address()}")


def _refused(limiter: Limiter) -> Response:
    current = limiter.current_limit
    seconds = max(1, math.ceil(current.window.reset_time - time.time())) if current is not None else 1
    return error_page(429, {"Retry-After": str(seconds), "HX-Reswap": "none"})
