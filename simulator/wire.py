"""JSON as Meta puts it on the wire."""

import json
from typing import Any

import orjson


def to_wire(payload: Any) -> bytes:
    """Compact ASCII JSON: non-ASCII as lower-case \\u escapes, slashes escaped.

    Meta signs exactly these bytes, so a receiver that re-encodes before checking must fail.
    """
    compact = orjson.dumps(payload)
    if not compact.isascii():
        compact = json.dumps(payload, separators=(",", ":")).encode("ascii")
    return compact.replace(b"/", b"\\/")
