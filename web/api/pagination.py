"""Keyset paging: ids are UUIDv7, so the last id of a page is where the next one begins."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from messaging.violations import Violation

DEFAULT_LIMIT = 50
MOST_AT_ONCE = 200
_CURSOR_LENGTH = 22


def encode_cursor(last_id: UUID) -> str:
    """Return the opaque form of the last id of a page."""
    return base64.urlsafe_b64encode(last_id.bytes).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> UUID:
    """Return the id inside a cursor.

    Raises:
        Violation: it is not one of ours.
    """
    try:
        raw = base64.b64decode(cursor + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != len(UUID(int=0).bytes) or len(cursor) != _CURSOR_LENGTH:
        raise Violation("the cursor is not one that a list gave; take `next` as it is")
    return UUID(bytes=raw)


def _checked(cursor: str) -> str:
    decode_cursor(cursor)
    return cursor


Cursor = Annotated[str, AfterValidator(_checked), Field(description="`next` of the page before, as it is.")]
Limit = Annotated[int, Field(ge=1, le=MOST_AT_ONCE, description="Entries of a page.")]


def page(rows: Sequence[Any], limit: int, show: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Return one page of a list.

    Args:
        rows: newest first, one more than `limit` when there is a next page.
        limit: entries of the page.
        show: makes an entry of a row.
    """
    shown = rows[:limit]
    following = encode_cursor(shown[-1].id) if len(rows) > limit else None
    return {"data": [show(row) for row in shown], "next": following}
