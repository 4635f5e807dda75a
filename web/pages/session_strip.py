"""The strip under a session: its states through the last day, as stretches of a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from gateways.state_machine import SessionState
from messaging.sentences import Sentence
from web.pages.session_looks import look_of

DAY: Final = timedelta(hours=24)
CONNECTED: Final = look_of(SessionState.SESSION_CONNECTED).colour
LENGTH: Final = 1440
"""Units of the drawing: one a minute."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in one state."""

    start: datetime
    end: datetime
    colour: str
    word: Sentence
    x: float
    width: float


def strip(session: Any, transitions: Sequence[Any], now: datetime) -> list[Stretch]:
    """Return the last day of a session; it begins with the session when that is younger.

    Args:
        session: with status and created_at.
        transitions: of the day, oldest first, with at, before and after.
        now: its end.
    """
    begin = max(now - DAY, min(session.created_at, now))
    first = transitions[0].before if transitions else session.status
    changes = [(begin, first), *((max(one.at, begin), one.after) for one in transitions)]
    ends = [*changes, (now, "")]
    return [_stretch(start, end, state, now) for (start, state), (end, _) in pairwise(ends) if start < end]


def connected_percent(stretches: Sequence[Stretch]) -> int:
    """Return how much of its last day a session was connected (S3.47); rounded down, so that 100 means all of it."""
    connected = sum(one.width for one in stretches if one.colour == CONNECTED)
    return int(100 * connected / (sum(one.width for one in stretches) or 1))


def _stretch(start: datetime, end: datetime, state: str, now: datetime) -> Stretch:
    look, scale = look_of(state), LENGTH / DAY.total_seconds()
    x = (start - (now - DAY)).total_seconds() * scale
    return Stretch(start, end, look.colour, look.word, round(x, 2), round((end - start).total_seconds() * scale, 2))
