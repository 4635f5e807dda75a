"""The refusal of a control request: what is wrong, and what is known."""

from collections.abc import Collection, Mapping
from typing import Any


class BadControl(ValueError):
    """A /_sim request that cannot be obeyed; becomes HTTP 400 with its text and the known keys."""

    def __init__(self, detail: str, known: Collection[str] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.known = sorted(known)


def refuse_unknown_keys(given: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise BadControl that lists the known keys if `given` has any other."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise BadControl(f"unknown: {', '.join(unknown)}", known)
