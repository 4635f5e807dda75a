"""Fault 6 in short."""

from tests.faults.families import receipts
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_receipts_before_the_answer_twice_and_shuffled_end_where_they_should(system: System) -> None:
    assert_survives(system, receipts.receipts_before_the_answer_twice_and_shuffled)


def test_receipts_seven_days_late_are_kept_and_counted(system: System) -> None:
    assert_survives(system, receipts.receipts_seven_days_late)


def test_receipts_that_never_come_leave_the_message_accepted(system: System) -> None:
    assert_survives(system, receipts.receipts_that_never_come)


def test_receipts_before_the_wamid_is_known_find_their_message(system: System) -> None:
    assert_survives(system, receipts.receipts_before_the_wamid_is_known)


def test_receipts_in_every_order_never_move_a_status_back(system: System) -> None:
    assert_survives(system, receipts.receipts_in_every_order)


def test_receipts_for_unknown_wamids_harm_nothing(system: System) -> None:
    assert_survives(system, receipts.receipts_for_unknown_wamids)


def test_a_first_attempts_receipts_a_week_after_the_second_was_sent_are_flagged_and_move_nothing_back(
    system: System,
) -> None:
    assert_survives(system, receipts.receipts_of_the_first_attempt_a_week_later)
