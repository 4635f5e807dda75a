"""How a session looks in each state, and what to do about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateways.state_machine import SessionState
from messaging.sentences import Sentence

_PERCENT = re.compile(r"\b(\d{1,3})\s?%")
START = Sentence("Start it; its QR follows.")
SCAN_AGAIN = Sentence("Restart the session and scan the new QR with the phone.")


@dataclass(frozen=True, slots=True)
class SessionLook:
    """Of one state."""

    colour: str
    icon: str
    word: Sentence
    advice: Sentence | None = None


LOOKS: Final[Mapping[str, SessionLook]] = {
    SessionState.INITIAL: SessionLook("secondary", "help-circle", Sentence("Nothing heard yet"), START),
    SessionState.QR_GENERATED: SessionLook(
        "yellow",
        "link",
        Sentence("Waits for the phone"),
        Sentence("On the phone open WhatsApp, Linked devices, Link a device, and scan the QR."),
    ),
    SessionState.CONNECTING: SessionLook("blue", "refresh", Sentence("Connecting")),
    SessionState.LOADING: SessionLook("blue", "refresh", Sentence("Loading")),
    SessionState.AUTHENTICATED: SessionLook("blue", "refresh", Sentence("Signed in, loading")),
    SessionState.SESSION_CONNECTED: SessionLook("green", "circle-check", Sentence("Connected")),
    SessionState.SESSION_NOT_CONNECTED: SessionLook(
        "red",
        "plug-off",
        Sentence("Not connected"),
        Sentence("Is the phone on and online? The gateway tries by itself; if that fails, restart the session."),
    ),
    SessionState.AUTH_FAILURE: SessionLook("red", "alert-circle", Sentence("Sign-in failed"), SCAN_AGAIN),
    SessionState.ERROR: SessionLook(
        "red",
        "alert-circle",
        Sentence("Broken"),
        Sentence("Restart the session. If it breaks again, look at the gateway's log: WhatsApp may refuse it."),
    ),
    SessionState.ACTION_REQUIRED: SessionLook(
        "yellow", "alert-triangle", Sentence("Needs the phone"), Sentence("Confirm the sign-in on the phone.")
    ),
    SessionState.STOPPED: SessionLook("secondary", "plug-off", Sentence("Stopped"), START),
}
BUCKETS: Final[Mapping[str, tuple[Sentence, str]]] = {
    "connected": (Sentence("Connected"), "green"),
    "needsQR": (Sentence("Need a QR"), "yellow"),
    "loading": (Sentence("On the way"), "blue"),
    "disconnected": (Sentence("Not connected"), "secondary"),
    "error": (Sentence("Broken"), "red"),
}
"""The list's summary: each session is counted in one of them (S3.7)."""


def look_of(status: str) -> SessionLook:
    """Return how a state looks."""
    return LOOKS[status]


def loading_percent(session: Any) -> int | None:
    """Return how much a loading session has loaded; None: it is not loading, or does not say.

    Args:
        session: with status and message; the message is the gateway's "Loading 75%: …".
    """
    told = _PERCENT.search(session.message or "")
    if session.status != SessionState.LOADING or told is None:
        return None
    return min(int(told[1]), 100)
