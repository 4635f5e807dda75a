"""Bodies of a length that is known only once they are read.

Werkzeug's own limit hands out as much of them as fits and tells nobody that there is more (3.1, LimitedStream.readall).
"""

import io

from flask import Flask, Request, request
from werkzeug.exceptions import RequestEntityTooLarge


def is_chunked(request: Request) -> bool:
    """Tell whether a request has a body that does not say how long it is."""
    return request.content_length is None and bool(request.environ.get("wsgi.input_terminated"))


def read_chunks(request: Request, limit: int) -> bytes:
    """Return the body of such a request.

    Args:
        request: its body is not read yet.
        limit: bytes that it may have.

    Raises:
        RequestEntityTooLarge: it has more.
    """
    body: bytes = request.environ["wsgi.input"].read(limit + 1)
    if len(body) > limit:
        raise RequestEntityTooLarge
    return body


def limit_chunked_bodies(app: Flask) -> None:
    """Hold chunked bodies of an app to its MAX_CONTENT_LENGTH, in bytes, as it holds those that tell their length."""
    limit: int = app.config["MAX_CONTENT_LENGTH"]

    @app.before_request
    def read_whole() -> None:
        if is_chunked(request):
            request.environ["wsgi.input"] = io.BytesIO(read_chunks(request, limit))
