"""The table of waits: printed as it is, drawn inside its bounds, never for ever."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging import retry
from messaging.limits import DEFAULTS
from messaging.retry import (
    NOT_SENT,
    OUTCOME_UNKNOWN,
    PATIENCE,
    POSTPONE,
    RETRY,
    Decision,
    next_attempt,
)

ALMOST_ONE = 0.999999
draws = st.floats(min_value=0, max_value=1, exclude_max=True)


@dataclass(frozen=True)
class Rule:
    verdict: str
    scope: str = "message"
    first_delay: timedelta | None = None
    max_attempts: int | None = None
    uncertain: bool = False


def seconds(steps: retry.Steps, count: int) -> list[int]:
    return [int(steps.step(n).total_seconds()) for n in range(count)]


def test_the_ladders_are_the_printed_ones() -> None:
    assert seconds(RETRY, 4) == [5, 20, 80, 320]
    assert seconds(POSTPONE["pair"], 7) == [1, 4, 16, 64, 256, 900, 900]
    assert seconds(POSTPONE["number"], 9) == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert seconds(POSTPONE["waba"], 6) == [120, 240, 480, 960, 1920, 3600]
    assert seconds(POSTPONE["app"], 5) == [300, 600, 1200, 2400, 3600]


@pytest.mark.parametrize(
    ("steps", "count", "printed"),
    [
        (RETRY, 4, "5 s     25 s    1m 45s     7m 05s"),
        (POSTPONE["pair"], 5, "1 s      5 s      21 s     1m 25s    5m 41s"),
        (POSTPONE["number"], 5, "2 s      6 s      14 s       30 s    1m 02s"),
    ],
)
def test_the_printed_cumulative_times_are_the_sums(steps: retry.Steps, count: int, printed: str) -> None:
    assert printed in (retry.__doc__ or "")
    sums = [sum(seconds(steps, n + 1)) for n in range(count)]
    assert [told(total) for total in sums] == printed.replace(" s", "s").replace("m ", "m").split()


def told(total: int) -> str:
    return f"{total // 60}m{total % 60:02}s" if total >= 60 else f"{total}s"


@given(draw=draws, spent=st.integers(min_value=1, max_value=DEFAULTS.send_attempts - 1))
def test_a_retry_waits_between_nothing_and_its_step(draw: float, spent: int) -> None:
    decision = next_attempt(Rule("retry"), spent, draw, postponed=0)
    assert decision.action == "retry"
    assert decision.spends_attempt
    assert decision.delay is not None
    assert timedelta(0) <= decision.delay <= RETRY.step(spent - 1)


def test_the_fifth_refusal_is_the_last() -> None:
    actions = [next_attempt(Rule("retry"), spent, 0.5, postponed=0).action for spent in range(1, 7)]
    assert actions == ["retry"] * 4 + ["fail"] * 2


def test_a_rule_may_allow_fewer_attempts() -> None:
    rule = Rule("retry", max_attempts=3)
    assert next_attempt(rule, 2, 0.5, postponed=0).action == "retry"
    assert next_attempt(rule, 3, 0.5, postponed=0) == Decision("fail")


@given(draw=draws, spent=st.integers(min_value=1, max_value=4))
def test_a_rules_own_first_delay_is_never_undercut(draw: float, spent: int) -> None:
    maintenance = Rule("retry", "number", first_delay=timedelta(seconds=60))
    delay = next_attempt(maintenance, spent, draw, postponed=0).delay
    assert delay is not None
    assert delay >= timedelta(seconds=60)


def test_a_first_delay_longer_than_the_cap_is_kept() -> None:
    assert RETRY.step(3, timedelta(hours=2)) == timedelta(hours=2)


@pytest.mark.parametrize("scope", ["pair", "number", "waba", "app"])
@given(draw=draws, postponed=st.integers(min_value=0, max_value=20))
def test_a_rate_limit_spends_no_attempt_and_waits_at_least_its_step(scope: str, draw: float, postponed: int) -> None:
    decision = next_attempt(Rule("retry_later", scope), DEFAULTS.send_attempts, draw, postponed=postponed)
    step = POSTPONE[scope].step(postponed)
    assert decision.action == "retry"
    assert not decision.spends_attempt
    assert decision.delay is not None
    assert step <= decision.delay <= step * 1.5


@pytest.mark.parametrize("scope", ["pair", "number", "waba", "app", "channel"])
def test_no_rate_limit_is_waited_for_longer_than_a_day(scope: str) -> None:
    waited, postponed = timedelta(0), 0
    while (decision := next_attempt(Rule("retry_later", scope), 0, 0.0, postponed=postponed)).delay:
        waited += decision.delay
        postponed += 1
    assert decision == Decision("fail", spends_attempt=False)
    assert PATIENCE <= waited < PATIENCE + timedelta(hours=1)
    assert next_attempt(Rule("retry_later", scope), 0, ALMOST_ONE, postponed=10**6).action == "fail"


@pytest.mark.parametrize("verdict", ["permanent", "recipient"])
def test_what_can_never_succeed_is_not_tried_again(verdict: str) -> None:
    day = timedelta(days=1)
    assert next_attempt(Rule(verdict, "recipient", first_delay=day), 1, 0.0, postponed=0) == Decision("fail")


@pytest.mark.parametrize(
    ("scope", "action"),
    [
        ("channel", "pause_channel"),
        ("number", "pause_channel"),
        ("waba", "pause_channel"),
        ("app", "pause_channel"),
        ("template", "hold_template"),
        ("recipient", "fail"),
        ("message", "fail"),
    ],
)
def test_a_configuration_error_stops_what_it_concerns_and_burns_no_queue(scope: str, action: str) -> None:
    decision = next_attempt(Rule("config", scope), 1, 0.5, postponed=0)
    assert decision.action == action
    assert decision.delay is None
    assert decision.spends_attempt == (action == "fail")


def test_a_call_whose_outcome_is_unclear_is_never_repeated() -> None:
    for spent in range(1, 7):
        assert next_attempt(OUTCOME_UNKNOWN, spent, 0.5, postponed=0) == Decision("unknown")
        assert next_attempt(Rule("retry", uncertain=True), spent, 0.5, postponed=0) == Decision("unknown")


def test_a_network_that_is_down_does_not_fail_the_queue() -> None:
    decision = next_attempt(NOT_SENT, DEFAULTS.send_attempts + 5, 0.0, postponed=10)
    assert decision == Decision("retry", timedelta(minutes=5), spends_attempt=False)


def test_an_unlisted_verdict_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no verdict"):
        next_attempt(Rule("perhaps"), 1, 0.5, postponed=0)
