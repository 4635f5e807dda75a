"""What a check comes to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["ok", "warning", "error", "unknown"]


@dataclass(slots=True, frozen=True)
class CheckResult:
    """One traffic light: what was found, and what to do when it is not green. Holds no secret."""

    name: str
    state: State
    detail: str
    advice: str = ""
    checked_at: datetime | None = None
    """When Meta, or our own address, was asked; None: just now, or it is read from what we know ourselves."""


def worst(results: list[CheckResult]) -> State:
    """Return the state that all of them together are in; what could not be asked counts as a warning."""
    states = {result.state for result in results}
    if "error" in states:
        return "error"
    return "warning" if states & {"warning", "unknown"} else "ok"
