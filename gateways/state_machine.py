"""One state machine for the sessions of all gateways.

A session's state is what its signals say when they are taken in the order in which they happened, whatever the order
in which they came: a late signal finds its place in the past and undoes nothing that is newer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from operator import attrgetter


class SessionState(StrEnum):
    """States by their founding names (S3.8 to S3.15), and three that gateways made necessary."""

    INITIAL = "initial"
    """Registered, nothing heard yet."""
    QR_GENERATED = "qr_generated"
    CONNECTING = "connecting"
    LOADING = "loading"
    AUTHENTICATED = "authenticated"
    SESSION_CONNECTED = "session_connected"
    SESSION_NOT_CONNECTED = "session_not_connected"
    AUTH_FAILURE = "auth_failure"
    ERROR = "error"
    ACTION_REQUIRED = "action_required"
    """Somebody has to confirm a passkey on the phone."""
    STOPPED = "stopped"
    """By us, or logged out or removed at the gateway."""


@dataclass(slots=True, frozen=True)
class Signal:
    """What one event says about the state."""

    word: str
    """The gateway's own word, such as SCAN_QR_CODE: the reason of the transition."""
    state: SessionState
    is_step: bool = False
    """A step on the way to connected. Gateways without times post their steps at once and in any order: after
    `session_connected` a step is old news, for a connection that is lost is told by another word first."""
    unless_after: Mapping[SessionState, SessionState] = field(default_factory=dict)
    """Where the word means something else, by the state that it meets."""


@dataclass(slots=True, frozen=True)
class HeardSignal:
    """A signal with its place in time."""

    signal: Signal
    happened_at: datetime | None
    """By the gateway's clock."""
    arrived_at: datetime
    sequence: str
    """Decides between signals of the same time; any total order, the same for ever."""

    @property
    def place(self) -> tuple[datetime, datetime, str]:
        """Where it belongs. A gateway's clock that is ahead of ours would overrule everything that follows."""
        happened_at = self.happened_at or self.arrived_at
        return min(happened_at, self.arrived_at), self.arrived_at, self.sequence


@dataclass(slots=True, frozen=True)
class Transition:
    """A change of state, or a signal that changed nothing (`before` equals `after`)."""

    before: SessionState
    after: SessionState
    heard: HeardSignal

    @property
    def is_followed(self) -> bool:
        """Whether the signal led where it said."""
        return self.after is target(self.before, self.heard.signal)


REFUSED: frozenset[tuple[SessionState, SessionState]] = frozenset(
    {
        # The gateway tells of the stop that we, or a log-out, asked for.
        (SessionState.STOPPED, SessionState.SESSION_NOT_CONNECTED),
    }
)
"""Transitions that no signal makes; every other pair happens in reality sooner or later."""


def target(state: SessionState, signal: Signal) -> SessionState:
    """Return where a signal wants to lead from a state."""
    return signal.unless_after.get(state, signal.state)


def after(state: SessionState, signal: Signal) -> SessionState:
    """Return the state that follows when a signal meets a state."""
    wanted = target(state, signal)
    if signal.is_step and state is SessionState.SESSION_CONNECTED:
        return state
    return state if (state, wanted) in REFUSED else wanted


def transitions(signals: Iterable[HeardSignal], start: SessionState = SessionState.INITIAL) -> list[Transition]:
    """Return what each signal did, in the order in which they happened; the last one's `after` is the state.

    Args:
        signals: in any order, repeats allowed.
        start: the state before the first of them.
    """
    state = start
    history = []
    for heard in sorted({one.place: one for one in signals}.values(), key=attrgetter("place")):
        history.append(Transition(state, after(state, heard.signal), heard))
        state = history[-1].after
    return history


@dataclass(slots=True, frozen=True)
class Flags:
    """What pages ask of a session (S3.22)."""

    is_connected: bool
    needs_qr: bool
    is_loading: bool
    has_error: bool


def flags(status: str, *, has_qr: bool) -> Flags:
    """Return the flags of a raw status, exactly as S3.22 defines them."""
    return Flags(
        is_connected=status == SessionState.SESSION_CONNECTED,
        needs_qr=status == SessionState.QR_GENERATED and has_qr,
        is_loading=status in (SessionState.LOADING, SessionState.CONNECTING),
        has_error=status in (SessionState.AUTH_FAILURE, SessionState.ERROR),
    )


def bucket(status: str, *, has_qr: bool) -> str:
    """Return the one bucket of the list's summary in which a session is counted (S3.7): they sum to the total."""
    told = flags(status, has_qr=has_qr)
    if told.is_connected:
        return "connected"
    if told.needs_qr:
        return "needsQR"
    if told.is_loading:
        return "loading"
    return "error" if told.has_error else "disconnected"
