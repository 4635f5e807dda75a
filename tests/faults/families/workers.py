"""1. Workers killed at random moments, and asked to stop."""

from collections.abc import Sequence
from typing import Final

from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.rows import unrecorded_calls
from tests.faults.scale import Scale
from tests.faults.system import WORKERS, System
from tests.faults.time_passes import abandoned_sends_are_settled, restart_workers
from tests.faults.trial import Trial, trial

FAMILY: Final = 1
WHOLE: Final = 0.3
"""Share of kills that hit the worker with all its children; the others hit one child."""
SHORTEST, LONGEST = 0.05, 0.5
"""Seconds between two kills."""
STOPS_WITHIN: Final = 30.0


def workers_killed_at_random_moments(system: System, scale: Scale, seed: int) -> Ledger:
    """SIGKILL workers and children of workers under load, again and again."""
    with trial(system, "1  workers killed (SIGKILL)", seed=seed, settle=scale.settle) as one:
        system.meta.control("settings", answer_delay_ms=150)  # so that sends are in the air when it hits
        one.flows()
        for _ in range(scale.kills):
            one.passes(one.random.uniform(SHORTEST, LONGEST))
            _kill_something(one)
        restart_workers(system, scale)
        one.flows()  # witnesses for the rule for silence
        abandoned_sends_are_settled(system, scale)
    return one.ledger


def workers_asked_to_stop(system: System, scale: Scale, seed: int) -> Ledger:
    """SIGTERM the workers under load, all at once and one after another, and start them again: a rolling restart."""
    with trial(system, "1  rolling restart of the workers (SIGTERM)", seed=seed, settle=scale.settle) as one:
        system.meta.control("settings", answer_delay_ms=700)
        one.flows()
        for number in range(scale.restarts):
            for names in [[name] for name in WORKERS] if number % 2 else [WORKERS]:
                _restart_gently(one, names)
    one.promise_within(lambda: unrecorded_calls(system) == 0, 3, "running calls are finished and recorded")
    return one.ledger


def _kill_something(one: Trial) -> None:
    name = one.random.choice(WORKERS)
    choice = one.random.random()
    if one.random.random() < WHOLE and one.system.is_ready(name):
        one.system.kill(name)
        one.system.launch(name)
    else:
        one.system.kill_child(name, choice)


def _restart_gently(one: Trial, names: Sequence[str]) -> None:
    for name in names:
        one.system.terminate(name)
    for name in names:
        seconds = one.system.seconds_to_end(name, STOPS_WITHIN)
        one.promise(seconds is not None, f"{name} stops within {STOPS_WITHIN:g} s")
        one.system.kill(name)
        one.system.launch(name)
    for name in names:
        one.system.wait_ready(name)


FAULTS: Final = (Fault(FAMILY, workers_killed_at_random_moments), Fault(FAMILY, workers_asked_to_stop))
