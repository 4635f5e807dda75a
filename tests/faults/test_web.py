"""Fault 2 in short."""

from tests.faults.families import web
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_what_was_answered_is_there_when_the_web_is_killed_mid_request(system: System) -> None:
    assert_survives(system, web.web_killed_in_the_middle_of_requests)
