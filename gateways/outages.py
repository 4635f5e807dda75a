"""When people are told that a session is lost or back: once each, and not of what they asked for themselves."""

from collections.abc import Mapping
from enum import StrEnum

from gateways.state_machine import SessionState


class Told(StrEnum):
    """What people were last told of a session."""

    UP = "up"
    DOWN = "down"


DOWN = frozenset(
    {
        SessionState.SESSION_NOT_CONNECTED,
        SessionState.AUTH_FAILURE,
        SessionState.ERROR,
        SessionState.ACTION_REQUIRED,
        SessionState.STOPPED,
    }
)
"""States that somebody has to know of; the others are on the way from one to another."""

NEWS: Mapping[tuple[str | None, str | None], str] = {
    (Told.UP, Told.DOWN): "session.disconnected",
    (Told.DOWN, Told.UP): "session.connected",
}
"""What is told at a change; a first connection is no news, nor is the failure to make one."""


def told_after(told: str | None, state: SessionState, *, by_us: bool) -> str | None:
    """Return what counts as told once a session has come to a state.

    Args:
        told: what counted before.
        state: where it is now.
        by_us: a person here, or a program of theirs, asked for it.
    """
    if state is SessionState.SESSION_CONNECTED:
        return Told.UP
    if state not in DOWN or told is None:
        return told
    return None if by_us else Told.DOWN
