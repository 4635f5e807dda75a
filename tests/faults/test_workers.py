"""Fault 1 in short."""

from tests.faults.families import stops, workers
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_workers_killed_at_random_moments_lose_nothing(system: System) -> None:
    assert_survives(system, workers.workers_killed_at_random_moments)


def test_workers_killed_during_calls_that_never_arrive_are_noticed(system: System) -> None:
    assert_survives(system, workers.workers_killed_during_calls_that_never_arrive)


def test_workers_asked_to_stop_finish_or_put_back_what_they_do(system: System) -> None:
    assert_survives(system, workers.workers_asked_to_stop)


def test_a_worker_asked_to_stop_during_the_longest_call_waits_for_its_answer(system: System) -> None:
    assert_survives(system, stops.worker_asked_to_stop_during_its_longest_call)
