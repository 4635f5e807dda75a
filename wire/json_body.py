"""JSON as others may send it, read so that whatever comes out can be stored in Postgres."""

import re
from typing import Any

import orjson

_REPLACEMENT = rb"\ufffd"

_ESCAPES = re.compile(
    rb"""
    \\\\                                                        # an escaped backslash: text follows
    | \\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}  # a surrogate pair
    | (?P<unstorable> \\u[dD][89a-fA-F][0-9a-fA-F]{2} | \\u0000 ) # half of a pair, or NUL
    """,
    re.VERBOSE,
)


def loads(body: bytes) -> Any:
    """Parse a body.

    A NUL and half a surrogate pair (an emoji cut in two) become U+FFFD, for Postgres can store neither and
    one of them must not cost a thousand neighbours. The same holds for bytes that are not UTF-8.

    Raises:
        ValueError: the body is no JSON.
    """
    if rb"\u0000" in body:
        body = _storable(body)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return orjson.loads(_storable(body))


def _storable(body: bytes) -> bytes:
    text = body.decode("utf-8", "replace").encode()
    return _ESCAPES.sub(lambda match: _REPLACEMENT if match["unstorable"] else match[0], text)
