"""Waiting for a condition instead of for time, where nobody tells that it holds."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

WAIT_SECONDS = 30
POLL_SECONDS = 0.02


class Late(AssertionError):
    """What was awaited did not come in time; the message says what."""


def wait_for(condition: Callable[[], Value], seconds: float = WAIT_SECONDS, what: str = "the condition") -> Value:
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
