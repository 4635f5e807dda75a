"""Single values of Meta's payloads: times, phone numbers, BSUIDs, errors."""

import re
from datetime import datetime
from typing import Any

from whatsapp.items import Json, ReportedError
from wire.values import malformed, string, unix_time

BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}", re.ASCII)
"""Business-scoped user id: country, a dot, up to 128 alphanumerics; parents with ENT (Meta: BSUIDs)."""

_PHONE = re.compile(r"\+?([1-9][0-9]{4,14})", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_]{1,60}", re.ASCII)
_LONGEST_TIMESTAMP = 15
_CODES = 2**31


def name_for_people(name: object) -> str:
    """Return a field, type or status as Meta named it, or a stand-in when it could hold anything else."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "(no plain name)"


def identifier(value: object) -> str | None:
    """Return an id as a string; ids are strings, but template and account payloads have had integers."""
    return str(value) if type(value) is int else string(value)


def json_object(value: object) -> Json | None:
    """Return a JSON object, else None."""
    return value if isinstance(value, dict) else None


def objects(value: object) -> list[Json]:
    """Return the JSON objects of a list; of anything else there are none."""
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def timestamp(value: object) -> datetime:
    """Return the UTC time of a Unix timestamp in seconds, or in milliseconds from 10**12 on.

    Meta documents a string of seconds; integers and, in production, milliseconds have been met.

    Raises:
        NotReadableError: it is no such number.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_TIMESTAMP:
        value = int(value)
    at = unix_time(value) if type(value) is int else None
    if at is None:
        raise malformed("the timestamp is no Unix time")
    return at


def phone(value: object) -> str | None:
    """Return the digits of a wa_id, `from` or `recipient_id` as E.164, or None when it is no phone number."""
    match = _PHONE.fullmatch(value) if isinstance(value, str) else None
    return f"+{match[1]}" if match else None


def bsuid(value: object) -> str | None:
    """Return a business-scoped user id unchanged, or None. It has been met inside `from` and `wa_id` too."""
    return value if isinstance(value, str) and BSUID.fullmatch(value) else None


def first_error(errors: object) -> ReportedError | None:
    """Return the first of an item's errors; `error_data` may be an object or a plain string."""
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return None
    error = errors[0]
    data = error.get("error_data")
    return ReportedError(
        code=error_code(error.get("code")),
        title=string(error.get("title")),
        message=string(error.get("message")),
        details=string(data.get("details") if isinstance(data, dict) else data),
        href=string(error.get("href")),
    )


def error_code(value: Any) -> int | None:
    """Return an error code as a number, also from a string of digits; None for one beyond 32 bits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_TIMESTAMP:
        value = int(value)
    return value if type(value) is int and abs(value) < _CODES else None
