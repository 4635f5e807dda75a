"""Fault 7 in short."""

from tests.faults.families import inbound
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_inbound_messages_again_in_other_company_are_stored_once(system: System) -> None:
    assert_survives(system, inbound.inbound_again_in_other_company)


def test_inbound_messages_again_hours_later_are_stored_once(system: System) -> None:
    assert_survives(system, inbound.inbound_again_hours_later)


def test_one_post_at_two_web_processes_is_stored_once(system: System) -> None:
    assert_survives(system, inbound.inbound_at_two_web_processes_at_once)
