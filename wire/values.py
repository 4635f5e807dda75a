"""Single values as they come from outside, whoever sends them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MILLISECONDS = 10**12
_LAST_SECONDS = 253_402_300_799
"""The end of the year 9999, the last that datetime knows."""


class NotReadableError(Exception):
    """An item of a webhook cannot be read. `detail` must hold nothing personal."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def malformed(detail: str) -> NotReadableError:
    """Return the error for an item that lacks what its kind must have."""
    return NotReadableError("malformed_item", detail)


def string(value: object) -> str | None:
    """Return a string that says something, else None."""
    return value if isinstance(value, str) and value else None


def unix_time(number: int) -> datetime | None:
    """Return the UTC time of Unix seconds, or of milliseconds from 10**12 on; None when it is neither."""
    if 0 < number <= _LAST_SECONDS:
        return datetime.fromtimestamp(number, UTC)
    if _FIRST_MILLISECONDS <= number <= _LAST_SECONDS * 1000:
        return _EPOCH + timedelta(milliseconds=number)
    return None
