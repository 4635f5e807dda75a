"""1. Asked to stop in the middle of everything: the web and beat, and a worker in the longest call there is."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Final

from embedded.processes import PROCESSES
from messaging.limits import DEFAULTS
from tests.faults.answers import Answer, Answers
from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.load import Rates
from tests.faults.rows import all_of, status_of
from tests.faults.scale import Scale
from tests.faults.system import System
from tests.faults.trial import Trial, trial
from tests.faults.waiting import until

FAMILY: Final = 1
NO_LOAD: Final = Rates(sends=0, posts=0, written=0)
ANSWERED: Final = (200, 202)
REQUESTS_GATHER: Final = 0.6
"""Requests wait for a lock so long; the web's lock timeout is 2 s."""
SURELY_ARRIVED: Final = 0.1
"""Who asked earlier than this before the signal is in the process's hands, not in a socket's queue."""
SENDERS: Final = "worker-send"
AS_IN_PRODUCTION: Final = {
    "GRAPH_READ_TIMEOUT_SECONDS": f"{DEFAULTS.graph_read_seconds:g}",
    "SEND_LEASE_SECONDS": f"{DEFAULTS.send_lease_seconds:g}",
    "UNKNOWN_SILENCE_SECONDS": f"{DEFAULTS.unknown_silence_seconds:g}",
}
NEARLY_TOO_LATE: Final = DEFAULTS.graph_read_seconds - 0.5
STOP_IN: Final = {process.name: process.stop_in for process in PROCESSES}

_CALLS: Final = "SELECT outcome, http_status FROM attempts WHERE message_id = %s"


def web_and_beat_asked_to_stop(system: System, scale: Scale, seed: int) -> Ledger:
    """SIGTERM web and beat while requests wait inside: each of these is answered, then both are gone in time."""
    rates = Rates(sends=20, posts=20, written=10)
    with trial(system, "1  restart of web and beat (SIGTERM)", rates=rates, seed=seed, settle=scale.settle) as one:
        one.flows()
        for _ in range(scale.restarts):
            _stop_with_requests_inside(one)
            for name in ("web", "beat"):
                system.kill(name)
                system.launch(name)
            for name in ("web", "beat"):
                system.wait_ready(name)
            one.flows()
    return one.ledger


def worker_asked_to_stop_during_its_longest_call(system: System, scale: Scale, seed: int) -> Ledger:
    """SIGTERM a worker as Meta takes nearly all the time it may: the answer is waited for and written down."""
    with (
        _as_in_production(system),
        trial(system, "1  stopped during the longest call", rates=NO_LOAD, seed=seed, settle=scale.settle) as one,
    ):
        asked = one.send_under("longest", {"fault": "slow", "delay_ms": NEARLY_TOO_LATE * 1_000})
        until(lambda: status_of(system, asked.message_id) == "sending", 20, "the call runs")
        _promise_ends_in_time(one, SENDERS)
        calls = all_of(system, _CALLS, asked.message_id)
        one.promise(calls == [("accepted", 200)], f"the one call's answer was written down: {calls}")
        system.repair()
    return one.ledger


def _stop_with_requests_inside(one: Trial) -> None:
    with one.locked("messages"):
        one.passes(REQUESTS_GATHER)
        told = time.monotonic()
        for name in ("web", "beat"):
            one.system.terminate(name)
        one.passes(SURELY_ARRIVED)
    for name in ("web", "beat"):
        _promise_ends_in_time(one, name, is_told=True)
    inside = _under_way(one.api.answers, told)
    broken = [answer for answer in inside if answer.status not in ANSWERED]
    one.promise(bool(inside), "requests were inside; else nothing was tried")
    one.promise(not broken, f"each of {len(inside)} requests inside is answered; not {broken}")


def _under_way(answers: Answers, told: float) -> Sequence[Answer]:
    asked_before = answers.between(0, told - SURELY_ARRIVED)
    return [answer for answer in asked_before if answer.asked_at + answer.seconds > told]


def _promise_ends_in_time(one: Trial, name: str, *, is_told: bool = False) -> None:
    if not is_told:
        one.system.terminate(name)
    seconds = one.system.seconds_to_end(name, STOP_IN[name])
    one.promise(seconds is not None, f"{name} stops within {STOP_IN[name]:g} s")


@contextlib.contextmanager
def _as_in_production(system: System) -> Iterator[None]:
    """The senders wait for Meta as long as they do by default."""
    system.give_variables(SENDERS, AS_IN_PRODUCTION)
    system.kill(SENDERS)
    try:
        yield
    finally:
        system.give_variables(SENDERS, {})
        system.kill(SENDERS)


FAULTS: Final = (
    Fault(FAMILY, web_and_beat_asked_to_stop),
    Fault(FAMILY, worker_asked_to_stop_during_its_longest_call),
)
