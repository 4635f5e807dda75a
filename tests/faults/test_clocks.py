"""Fault 8 in short."""

from tests.faults.families import clocks
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_without_beat_work_is_late_and_then_found(system: System) -> None:
    assert_survives(system, clocks.beat_dead)


def test_two_beats_double_nothing(system: System) -> None:
    assert_survives(system, clocks.two_beats_at_once)


def test_workers_whose_clock_is_an_hour_off_work_as_ever(system: System) -> None:
    assert_survives(system, clocks.worker_clocks_an_hour_off)
