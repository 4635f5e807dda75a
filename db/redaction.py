"""Taking secrets out of what is kept for people to read."""

import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "(hidden)"

_SECRET_NAME = re.compile(r"(?:^|_)(?:password|secret|secrets|token|tokens|authorization|cookie|digest|hash|api_key)$")
_SECRET_TEXT = re.compile(
    r"pb[ki]?_[\w-]{16,}"  # API keys and invitations; the prefix of a key that people see is shorter
    r"|\bEAA[A-Za-z0-9]{8,}"  # Meta: access tokens begin so
    r"|\$argon2\w*\$\S+"
    r"|\bBearer\s+\S+",
    re.IGNORECASE,
)


def redacted(value: Any, name: str = "") -> Any:
    """Return a JSON value without the secrets in it.

    Texts whose name says that they are a secret go, and so does what looks like a secret inside any text.

    Args:
        value: text, number, list or mapping.
        name: under which it is kept.
    """
    match value:
        case Mapping():
            return {key: redacted(inner, str(key).lower()) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redacted(inner, name) for inner in value]
        case str() if _SECRET_NAME.search(name):
            return HIDDEN
        case str():
            return _SECRET_TEXT.sub(HIDDEN, value)
    return value
