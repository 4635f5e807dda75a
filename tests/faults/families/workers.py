"""1. Workers killed at random moments, and asked to stop."""

from collections.abc import Sequence
from typing import Final

from tests.faults.fault import Fault
from tests.faults.kills import kill_repeatedly
from tests.faults.ledger import Ledger
from tests.faults.rows import how_many, status_of, unrecorded_calls, with_status
from tests.faults.scale import Scale
from tests.faults.system import WORKERS, System
from tests.faults.time_passes import restart_workers, silence_passes
from tests.faults.trial import Trial, trial
from tests.faults.waiting import until
from tests.faults.witnesses import prove_that_receipts_come

FAMILY: Final = 1
WHOLE: Final = 0.3
"""Share of kills that hit the worker with all its children; the others hit one child."""
PAUSE: Final = 0.05, 0.5
"""Seconds between two kills."""
STOPS_WITHIN: Final = 30.0
ENOUGH_KILLS: Final = 50
"""Among so many some hit a call."""
HANGS_MS: Final = 1_400
"""Below the read timeout: the worker still waits when it is killed."""

_CLAIMED: Final = "SELECT count(*) FROM outbox WHERE state = 'claimed' AND due_at <= now()"


def workers_killed_at_random_moments(system: System, scale: Scale, seed: int) -> Ledger:
    """SIGKILL workers and children of workers under load, again and again."""
    with trial(system, "1  workers killed (SIGKILL)", seed=seed, settle=scale.settle) as one:
        system.meta.control("settings", answer_delay_ms=150)  # so that sends are in the air when it hits
        one.flows()
        kill_repeatedly(one, _kill_something, scale.kills, PAUSE, lambda: _cut_calls_off(system, scale.kills))
        restart_workers(system, scale)
        prove_that_receipts_come(one)
        until(lambda: how_many(system, _CLAIMED) == 0, scale.settle, "abandoned sends are noticed")
        silence_passes(system, scale)
    return one.ledger


def workers_killed_during_calls_that_never_arrive(system: System, scale: Scale, seed: int) -> Ledger:
    """Nobody lives who knows of a call, and Meta does not either: it is noticed, waited for, and sent once more."""
    with trial(system, "1  killed during calls that never arrive", seed=seed, settle=scale.settle) as one:
        one.flows()
        void = {"fault": "reset_before", "delay_ms": HANGS_MS}
        asked = [one.send_under(f"void{number}", void) for number in range(3)]

        def all_are(status: str) -> bool:
            return {status_of(system, each.message_id) for each in asked} == {status}

        until(lambda: all_are("sending"), 20, "the calls are running")
        restart_workers(system, scale)
        until(lambda: all_are("unknown"), scale.settle, "abandoned sends are noticed")
        prove_that_receipts_come(one)
        silence_passes(system, scale)
        until(lambda: with_status(system, "unknown") == 0, scale.settle, "silence is taken for what it is")
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


def _cut_calls_off(system: System, kills: int) -> bool:
    return kills < ENOUGH_KILLS or unrecorded_calls(system) > 0


def _kill_something(one: Trial) -> bool:
    """A worker ends when a child is killed before all are there; compose starts it again, and so do we."""
    for each in WORKERS:
        one.system.launch_again_if_ended(each)
    name = one.random.choice(WORKERS)
    choice = one.random.random()
    if not one.system.is_ready(name):
        return False
    if one.random.random() < WHOLE:
        one.system.kill(name)
        one.system.launch(name)
        return True
    return one.system.kill_child(name, choice)


def _restart_gently(one: Trial, names: Sequence[str]) -> None:
    until(lambda: unrecorded_calls(one.system) > 0, 20, "calls are on their way")
    for name in names:
        one.system.terminate(name)
    for name in names:
        seconds = one.system.seconds_to_end(name, STOPS_WITHIN)
        one.promise(seconds is not None, f"{name} stops within {STOPS_WITHIN:g} s")
        one.system.kill(name)
        one.system.launch(name)
    for name in names:
        one.system.wait_ready(name)


FAULTS: Final = tuple(
    Fault(FAMILY, run)
    for run in (
        workers_killed_at_random_moments,
        workers_killed_during_calls_that_never_arrive,
        workers_asked_to_stop,
    )
)
