"""Fault 2 in short."""

from tests.faults.families import stops, web
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_what_was_answered_is_there_when_the_web_is_killed_mid_request(system: System) -> None:
    assert_survives(system, web.web_killed_in_the_middle_of_requests)


def test_an_erp_that_repeats_its_invoices_without_a_key_sends_each_once(system: System) -> None:
    assert_survives(system, web.invoices_without_a_key_repeated_while_the_web_is_killed)


def test_web_and_beat_asked_to_stop_answer_what_they_have_begun(system: System) -> None:
    assert_survives(system, stops.web_and_beat_asked_to_stop)
