"""Waiting, as trials do: what is awaited is always told in words."""

from collections.abc import Callable
from typing import TypeVar

from tests.waiting import Late, wait_for

Value = TypeVar("Value")


def until(condition: Callable[[], Value], seconds: float, what: str) -> Value:
    """Return the condition's value as soon as it is true; arguments and error as `tests.waiting.wait_for`."""
    return wait_for(condition, seconds, what)


def holds_within(condition: Callable[[], object], seconds: float) -> bool:
    """Tell whether a condition becomes true within `seconds`."""
    try:
        until(condition, seconds, "")
    except Late:
        return False
    return True
