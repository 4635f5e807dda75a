"""Fault 4 in short."""

from tests.faults.families import postgres
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_postgres_stopped_mid_batch_is_told_as_503_and_loses_nothing(system: System) -> None:
    assert_survives(system, postgres.postgres_stopped_in_the_middle_of_batches)


def test_terminated_connections_are_replaced(system: System) -> None:
    assert_survives(system, postgres.postgres_connections_terminated)


def test_a_locked_messages_table_refuses_sends_in_time_and_delays_no_webhook(system: System) -> None:
    assert_survives(system, postgres.messages_table_locked)


def test_a_locked_inbox_refuses_webhooks_in_time_and_loses_none(system: System) -> None:
    assert_survives(system, postgres.inbox_locked)


def test_a_full_disk_refuses_and_recovers(system: System) -> None:
    assert_survives(system, postgres.disk_full)
