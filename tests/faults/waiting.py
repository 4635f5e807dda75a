"""Waiting for a condition instead of for time."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

POLL_SECONDS = 0.03


class Late(AssertionError):
    """What was awaited did not come in time; the message says what."""


def until(condition: Callable[[], Value], seconds: float, what: str) -> Value:
    """Return the condition's value as soon as it is true.

    Args:
        condition: asked again and again.
        seconds: the longest to wait.
        what: the condition in words, for the failure.

    Raises:
        Late: it is still not true.
    """
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise Late(f"not within {seconds:g} s: {what}")
        time.sleep(POLL_SECONDS)
    return value


def holds_within(condition: Callable[[], object], seconds: float) -> bool:
    """Tell whether a condition becomes true within `seconds`."""
    try:
        until(condition, seconds, "")
    except Late:
        return False
    return True
