"""biz_opaque_callback_data: what we send along with a message and get back in each of its receipts."""

from uuid import UUID

MAX_ATTEMPT_DIGITS = 6
"""Longer numbers are nobody's attempts and would not fit the column."""


def write(message_id: UUID, attempt: int) -> str:
    """Return the callback data of an attempt: our message id and the attempt's number, nothing personal."""
    return f"{message_id}:{attempt}"


def read(text: str | None) -> tuple[UUID, int] | None:
    """Return message id and attempt of callback data that we wrote; None for what other apps wrote."""
    head, _, tail = (text or "").partition(":")
    if not (tail.isascii() and tail.isdecimal() and len(tail) <= MAX_ATTEMPT_DIGITS):
        return None
    try:
        return UUID(head), int(tail)
    except ValueError:
        return None
