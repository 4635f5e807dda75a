"""Pages of long lists, newest first: the last id of a page is where the next one begins."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from werkzeug.exceptions import NotFound

from messaging.violations import Violation
from web.api.pagination import decode_cursor, encode_cursor

PAGE: Final = 50
"""Entries of a page."""


def cursor_of(arguments: Mapping[str, str]) -> UUID | None:
    """Return where a page begins; None: at the newest entry.

    Raises:
        NotFound: the cursor is none of ours.
    """
    cursor = arguments.get("older")
    try:
        return decode_cursor(cursor) if cursor else None
    except Violation:
        raise NotFound from None


def following(rows: Sequence[Any]) -> str | None:
    """Return where the page after these rows begins, when one more than PAGE was read."""
    return encode_cursor(rows[PAGE - 1].id) if len(rows) > PAGE else None
