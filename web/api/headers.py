"""Headers of every answer: the request's id, and what keeps browsers from doing anything clever with it."""

from typing import Final

from flask import Flask, Response, request

from observability import request_id

POLICY: Final = "Content-Security-Policy"
NOTHING_LOADS: Final = "default-src 'none'; frame-ancestors 'none'"
"""For answers that are no pages; a page brings its own policy."""
SECURITY_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
HSTS = "max-age=31536000; includeSubDomains"


def install_headers(app: Flask) -> None:
    """Begin every request with its id and end it with the headers."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    request_id.begin(request.headers.get(request_id.HEADER))


def _finish(response: Response) -> Response:
    headers = response.headers
    headers[request_id.HEADER] = request_id.current()
    headers.extend(SECURITY_HEADERS)
    headers.setdefault(POLICY, NOTHING_LOADS)
    headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", HSTS)
    return response
