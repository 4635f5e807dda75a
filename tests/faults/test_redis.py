"""Fault 3 in short."""

from tests.faults.families import redis
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_redis_killed_and_restarted_empty_makes_work_late_not_lost(system: System) -> None:
    assert_survives(system, redis.redis_killed_and_restarted_empty)


def test_a_flushed_redis_loses_nothing(system: System) -> None:
    assert_survives(system, redis.redis_flushed)


def test_when_all_rings_are_lost_the_sweeper_finds_the_work(system: System) -> None:
    assert_survives(system, redis.all_rings_lost)


def test_a_frozen_redis_delays_no_acknowledgement_and_leaves_no_worker_deaf(system: System) -> None:
    assert_survives(system, redis.redis_frozen)


def test_a_redis_out_of_connections_delays_no_acknowledgement(system: System) -> None:
    assert_survives(system, redis.redis_out_of_connections)
