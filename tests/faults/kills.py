"""Killing again and again, until something was really hit."""

from collections.abc import Callable
from typing import Final

from tests.faults.trial import Trial

TRIES: Final = 10
"""For each kill: what was killed a moment ago is not there to be killed again."""


def kill_repeatedly(
    one: Trial,
    kill: Callable[[Trial], bool],
    wanted: int,
    pause: tuple[float, float],
    has_hit: Callable[[], bool] = lambda: True,
) -> None:
    """Kill under load, and note that it was done; else nothing was tried.

    Args:
        one: the trial.
        kill: kills something; False when there was nothing to kill.
        wanted: kills, at least.
        pause: shortest and longest time between two kills, in seconds.
        has_hit: tells whether one of them had the effect that the trial is about.
    """
    kills = 0
    for _ in range(TRIES * wanted):
        one.passes(one.random.uniform(*pause))
        kills += kill(one)
        if kills >= wanted and has_hit():
            break
    one.promise(kills >= wanted, f"{wanted} processes are killed; {kills} were")
    one.promise(has_hit(), "a kill has the effect that is tried")
