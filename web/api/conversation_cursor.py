"""Where a page of conversations begins: the time of the last message and the id, as they stood on the page before."""

import base64
import binascii
import struct
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from db.queries.conversations import Place
from messaging.violations import Violation

_FORMAT = struct.Struct("!q16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode_place(row: Any) -> str:
    """Return the opaque form of a conversation's place in the list."""
    packed = _FORMAT.pack((row.last_message_at - _EPOCH) // _MICROSECOND, row.id.bytes)
    return base64.urlsafe_b64encode(packed).decode()


def decode_place(cursor: str) -> Place:
    """Return the place inside a cursor.

    Raises:
        Violation: it is not one of ours.
    """
    try:
        microseconds, raw = _FORMAT.unpack(base64.b64decode(cursor, altchars=b"-_", validate=True))
        return Place(_EPOCH + microseconds * _MICROSECOND, UUID(bytes=raw))
    except (binascii.Error, ValueError, struct.error, OverflowError):
        raise Violation("the cursor is not one that a list gave; take `next` as it is") from None


def _checked(cursor: str) -> str:
    decode_place(cursor)
    return cursor


PlaceCursor = Annotated[str, AfterValidator(_checked), Field(description="`next` of the page before, as it is.")]
