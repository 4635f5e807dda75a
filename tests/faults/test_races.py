"""Fault 10 in short."""

from tests.faults.families import races
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_two_workers_send_one_message_once(system: System) -> None:
    assert_survives(system, races.two_workers_one_message)


def test_two_calls_with_one_key_send_one_message(system: System) -> None:
    assert_survives(system, races.two_api_calls_one_key)


def test_a_cancelled_message_was_never_sent(system: System) -> None:
    assert_survives(system, races.cancel_races_with_the_claim)


def test_a_resend_and_a_late_receipt_leave_no_status_behind(system: System) -> None:
    assert_survives(system, races.resend_races_with_a_late_receipt)
