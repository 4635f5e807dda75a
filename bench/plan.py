"""How long and how much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Durations in seconds.

    Attributes:
        round_seconds: of one round; a figure is the median of several.
        rounds: of each measurement.
        sustained_seconds: how long accepting and processing go on at once.
        stored: messages in the database when everything is measured again; 0: not again.
    """

    round_seconds: float
    rounds: int
    sustained_seconds: float
    stored: int
