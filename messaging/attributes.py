"""What a business system tells of a contact: names with plain values, bounded in number and length."""

from collections.abc import Mapping

import orjson

from messaging.violations import Violation

LONGEST_NAME = 60
LONGEST_VALUE = 1_000
MOST = 50
LARGEST_BODY = 65_536
"""Bytes: what people take in beside a thread is far less."""


def check_attributes(given: Mapping[str, object]) -> None:
    """Raise a Violation unless these can be kept and shown."""
    if len(given) > MOST:
        raise Violation(f"a contact has at most {MOST} attributes")
    for name, value in given.items():
        if not 0 < len(name) <= LONGEST_NAME or "\0" in name:
            raise Violation(f"an attribute's name has 1 to {LONGEST_NAME} characters")
        if value is not None and not isinstance(value, str | int | float):
            raise Violation("an attribute is a text, a number, true, false or null")
        if isinstance(value, str) and (len(value) > LONGEST_VALUE or "\0" in value):
            raise Violation(f"an attribute has at most {LONGEST_VALUE} characters")


def read_attributes(body: bytes) -> dict[str, str | int | float | bool | None]:
    """Return the attributes that a JSON object holds.

    Raises:
        Violation: it is larger than LARGEST_BODY, no JSON object, or holds what cannot be kept.
    """
    if len(body) > LARGEST_BODY:
        raise Violation(f"the answer has more than {LARGEST_BODY} bytes")
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Violation("the answer is no JSON") from None
    if not isinstance(given, dict):
        raise Violation("the answer is no JSON object")
    check_attributes(given)
    return given
