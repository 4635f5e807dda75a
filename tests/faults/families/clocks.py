"""8. Beat dead, two beats, a worker whose clock is an hour off."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.faults.environment import ROOT
from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.load import Rates
from tests.faults.resumes import promise_that_work_resumes
from tests.faults.scale import Scale
from tests.faults.system import WORKERS, System
from tests.faults.trial import trial
from tests.faults.waiting import until

FAMILY: Final = 8
SECOND_BEAT: Final = "beat-2"
HOUR: Final = 3_600
SHIFTED_CLOCK: Final = Path(__file__).parent.parent / "clock"
QUIET_LOAD: Final = Rates(sends=4, posts=4, written=5)


def beat_dead(system: System, scale: Scale, seed: int) -> Ledger:
    """No beat for minutes: what is rung for goes on, what only the sweeper finds waits, and then is found."""
    rates = Rates() if scale.beat_dead < HOUR / 60 else QUIET_LOAD
    with trial(system, f"8  beat dead for {scale.beat_dead:g} s", rates=rates, seed=seed, settle=scale.settle) as one:
        one.flows()
        system.kill("beat")
        one.passes(scale.beat_dead)
        one.flows()
        one.promise(not system.is_alive("beat"), "there is no beat; else nothing was tried")
        system.start_process("beat")
        until(lambda: _has_rung(system, "beat"), 30, "beat is up")
        promise_that_work_resumes(one)
    return one.ledger


def two_beats_at_once(system: System, scale: Scale, seed: int) -> Ledger:
    """Two beats ring for the same, then only the second: sweepers meet each other and double nothing."""
    system.add_replica(SECOND_BEAT, of="beat", words={"beat/schedule": "beat/second"})
    try:
        with trial(system, "8  two beats at once", seed=seed, settle=scale.settle) as one:
            until(lambda: all(_has_rung(system, name) for name in ("beat", SECOND_BEAT)), 30, "both beats ring")
            one.flows()
            one.passes(scale.outage)
            system.kill("beat")
            promise_that_work_resumes(one)
    finally:
        system.remove_replica(SECOND_BEAT)
    return one.ledger


def worker_clocks_an_hour_off(system: System, scale: Scale, seed: int) -> Ledger:
    """Some workers believe that it is an hour later, the others that it is an hour earlier."""
    shifts = dict(zip(WORKERS, (HOUR, -HOUR, HOUR, -HOUR), strict=True))
    return _with_wrong_clocks(system, scale, seed, shifts, "8  workers' clocks an hour off")


def worker_clocks_an_hour_off_the_other_way(system: System, scale: Scale, seed: int) -> Ledger:
    """The same the other way round."""
    shifts = dict(zip(WORKERS, (-HOUR, HOUR, -HOUR, HOUR), strict=True))
    return _with_wrong_clocks(system, scale, seed, shifts, "8  workers' clocks off the other way")


def _with_wrong_clocks(system: System, scale: Scale, seed: int, shifts: Mapping[str, int], name: str) -> Ledger:
    for worker, shift in shifts.items():
        variables = {"PYTHONPATH": f"{SHIFTED_CLOCK}:{ROOT}", "CLOCK_SHIFT_SECONDS": str(shift)}
        system.give_variables(worker, variables)
        system.kill(worker)
    try:
        with trial(system, name, seed=seed, settle=scale.settle) as one:  # which starts what does not run
            one.flows()
            one.passes(scale.outage)
            promise_that_work_resumes(one)
            for worker, shift in shifts.items():
                one.promise(_tells_the_hour(system, worker, shift), f"{worker} is an hour off; else nothing was tried")
    finally:
        for worker in shifts:
            system.give_variables(worker, {})
            system.kill(worker)
    return one.ledger


def _has_rung(system: System, beat: str) -> bool:
    """Tell whether a beat has published: it connects to Redis for nothing else."""
    return "lpush" in system.last_redis_commands(beat)


def _tells_the_hour(system: System, worker: str, shift: int) -> bool:
    """Tell whether the worker's own log lines bear the shifted time."""
    moments = (datetime.now(UTC) + timedelta(seconds=shift - ago) for ago in (0, HOUR / 6))
    return any(system.said(worker, f"{moment:%Y-%m-%dT%H:}") for moment in moments)


FAULTS: Final = tuple(
    Fault(FAMILY, run)
    for run in (beat_dead, two_beats_at_once, worker_clocks_an_hour_off, worker_clocks_an_hour_off_the_other_way)
)
