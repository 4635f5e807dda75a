"""Headers of every answer: the request's id, and what keeps browsers from doing anything clever with it."""

from flask import Flask, Response, request

from observability import request_id
from web.security_headers import HSTS, NOT_KEPT, NOTHING_LOADS, POLICY, SECURITY_HEADERS


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
    headers.setdefault(*NOT_KEPT)
    if request.is_secure:
        headers.setdefault(*HSTS)
    return response
