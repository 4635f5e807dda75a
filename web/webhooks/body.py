"""The body of a webhook, whole or not at all."""

from flask import request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge, RequestTimeout

from observability.metrics import record_webhook
from web.chunked_bodies import is_chunked, read_chunks

MAX_BODY_BYTES = 3 * 1024 * 1024
"""Meta: Webhooks overview, payloads up to 3 MB."""


def read_body() -> bytes:
    """Return the request's body, and count the request when that fails.

    Raises:
        RequestEntityTooLarge: it is larger than MAX_BODY_BYTES.
        ClientDisconnected: the caller went away in the middle.
        RequestTimeout: the caller was too slow.
    """
    try:
        return _read()
    except RequestEntityTooLarge:
        record_webhook("too_large")
        raise
    except (ClientDisconnected, RequestTimeout):
        record_webhook("incomplete")
        raise


def _read() -> bytes:
    """Of a known length it is read at once, without Werkzeug's layers of streams."""
    length = request.content_length
    if length is None:
        return read_chunks(request, MAX_BODY_BYTES) if is_chunked(request) else b""
    if length > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    body: bytes = request.environ["wsgi.input"].read(length)
    if len(body) < length:
        raise ClientDisconnected
    return body
