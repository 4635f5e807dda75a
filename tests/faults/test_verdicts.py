"""Fault 5 in short: every verdict of the error table."""

from tests.faults.families import verdicts
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_each_verdict_is_retried_waits_or_fails_as_the_table_says(system: System) -> None:
    assert_survives(system, verdicts.every_verdict_but_config)


def test_configuration_errors_pause_the_channel_and_say_why_until_a_probe_or_a_person_resumes_it(
    system: System,
) -> None:
    assert_survives(system, verdicts.config_verdicts_pause_the_channel)


def test_template_errors_hold_that_template_only(system: System) -> None:
    assert_survives(system, verdicts.template_verdicts_hold_that_template)


def test_a_token_that_expires_mid_run_fails_nothing_and_keeps_the_order(system: System) -> None:
    assert_survives(system, verdicts.token_expired_in_the_middle)
