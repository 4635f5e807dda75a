"""Single values of the gateways' bodies."""

import re
from datetime import datetime

from gateways.items import Json
from wire.values import malformed, string, unix_time

_NAME = re.compile(r"[A-Za-z0-9_.\- ]{1,60}", re.ASCII)


def name_for_people(name: object) -> str:
    """Return an event's or state's name, or a stand-in when it could hold anything else."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "(no plain name)"


def json_object(value: object) -> Json:
    """Return a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def required_object(data: Json, name: str) -> Json:
    """Return an object that must be there.

    Raises:
        NotReadableError: it is not.
    """
    value = data.get(name)
    if not isinstance(value, dict):
        raise malformed(f"{name} must be an object")
    return value


def required_string(data: Json, name: str) -> str:
    """Return a string that must be there and say something.

    Raises:
        NotReadableError: it is not.
    """
    value = string(data.get(name))
    if value is None:
        raise malformed(f"{name} must be a string that is not empty")
    return value


def optional_string(data: Json, name: str) -> str | None:
    """Return a string that may be absent or null, but nothing else.

    Raises:
        NotReadableError: it is something else.
    """
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise malformed(f"{name} must be a string")
    return value


def whole_number(value: object) -> int | None:
    """Return an integer, also from a string of digits or a protobuf Long ({low, high})."""
    if isinstance(value, dict):
        low, high = value.get("low"), value.get("high", 0)
        if type(low) is not int or type(high) is not int:
            return None
        return (high << 32) | (low & 0xFFFF_FFFF)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value, re.ASCII):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None


def timestamp(value: object) -> datetime | None:
    """Return the UTC time of Unix seconds, or of milliseconds from 10**12 on; None when it is no such number."""
    number = whole_number(value)
    return None if number is None else unix_time(number)
