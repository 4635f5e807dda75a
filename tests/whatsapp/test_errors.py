"""Meta's error codes and what they mean for us (reference 7.2)."""

import re
from datetime import timedelta

import pytest

from whatsapp.errors import RULES, ErrorRule, Scope, Verdict, classify

REFERENCE = """
0 config | 1 retry | 2 retry | 3 config | 4 retry_later | 10 config | 17 retry_later | 32 retry_later
613 retry_later | 33 config | 100 permanent | 104 config | 190 config | 200 config | 210 config | 299 config
368 config | 803 config | 80007 retry_later | 130403 recipient | 130429 retry_later | 130472 recipient
130497 recipient | 131000 retry | 131005 config | 131008 permanent | 131009 permanent | 131014 retry | 131016 retry
131020 permanent | 131041 permanent | 131059 permanent | 131200 permanent | 131215 permanent | 131299 permanent
131021 permanent | 131026 recipient | 131030 config | 131031 config | 131037 config | 131042 config | 131044 config
131045 config | 131047 permanent | 131048 config | 131049 recipient | 131050 recipient | 131051 permanent
131052 permanent | 131053 retry | 131055 permanent | 131056 retry_later | 131057 retry | 131062 permanent
131063 config | 131064 config | 132000 permanent | 132001 config | 132005 permanent | 132007 config
132008 permanent | 132012 permanent | 132015 config | 132016 config | 132018 permanent | 132068 config
132069 config | 133000 config | 133005 config | 133006 config | 133010 config | 133015 config | 133004 retry
133008 config | 133009 config | 133016 config | 134011 config | 134100 permanent | 134101 retry | 134102 config
135000 retry | 137000 recipient | 138000 permanent | 138999 permanent | 139100 permanent | 147001 permanent
2388001 permanent | 2388999 permanent | 2494001 permanent | 2593109 permanent
"""
JUDGED = [(int(code), Verdict(verdict)) for code, verdict in re.findall(r"(\d+) ([a-z_]+)", REFERENCE)]

SCOPES = {
    Scope.CHANNEL: (0, 3, 10, 33, 104, 190, 200, 803, 131005),
    Scope.APP: (4, 17, 32, 613),
    Scope.WABA: (368, 80007, 131031, 131042, 131064),
    Scope.NUMBER: (130429, 131048, 131045, 131057, 133010),
    Scope.PAIR: (131056,),
    Scope.TEMPLATE: (131063, 132001, 132007, 132015, 132016, 132068, 132069),
    Scope.RECIPIENT: (130403, 130472, 130497, 131026, 131049, 131050, 137000),
    Scope.MESSAGE: (100, 131000, 131008, 131047, 132000),
}


@pytest.mark.parametrize(("code", "verdict"), JUDGED)
@pytest.mark.parametrize("http_status", [None, 400, 401, 403, 404, 422, 500, 503])
def test_every_code_of_the_reference_has_its_verdict_under_any_http_status(
    code: int, verdict: Verdict, http_status: int | None
) -> None:
    assert classify(code, http_status).verdict is verdict


def test_no_rule_is_without_its_line_in_the_reference() -> None:
    assert set(RULES) <= {code for code, _ in JUDGED}
    assert all(rule.code == code for code, rule in RULES.items())


@pytest.mark.parametrize(("scope", "code"), [(scope, code) for scope, codes in SCOPES.items() for code in codes])
def test_every_verdict_reaches_as_far_as_meta_says(scope: Scope, code: int) -> None:
    assert classify(code).scope is scope


def all_rules() -> list[ErrorRule]:
    others = [classify(250), classify(131250), classify(None, 429), classify(None, 500), classify(None)]
    return [*RULES.values(), *others, classify(None, 400, is_transient=True)]


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: f"{rule.code} {rule.title}")
def test_every_rule_tells_a_business_person_what_to_do(rule: ErrorRule) -> None:
    assert rule.title
    assert rule.advice.endswith(".")
    assert not re.search(r"\b(JSON|HTTP|webhook|payload|parameter|backoff)\b", rule.advice)


def test_whatever_needs_an_operator_alerts() -> None:
    assert all(rule.alert for rule in RULES.values() if rule.verdict is Verdict.CONFIG)
    assert classify(130497).alert
    assert classify(424242).alert
    assert not classify(131026).alert


@pytest.mark.parametrize("code", [3, 131045, 133000])
def test_configuration_errors_that_come_with_http_500_are_not_retried(code: int) -> None:
    assert classify(code, 500).verdict is Verdict.CONFIG


@pytest.mark.parametrize("code", [4, 80007, 130429, 131056])
def test_rate_limits_that_come_with_http_400_are_rate_limits(code: int) -> None:
    assert classify(code, 400).verdict is Verdict.RETRY_LATER


@pytest.mark.parametrize("code", [None, 100, 190, 424242])
def test_http_429_is_a_rate_limit_whatever_the_code(code: int | None) -> None:
    assert classify(code, 429).verdict is Verdict.RETRY_LATER


@pytest.mark.parametrize("code", [4, 80007, 130429, 131056])
def test_http_429_keeps_the_scope_of_a_known_limit(code: int) -> None:
    assert classify(code, 429) is RULES[code]


def test_a_5xx_without_a_known_code_may_have_had_its_effect() -> None:
    for code in (None, 424242):
        rule = classify(code, 502, is_transient=True)
        assert (rule.verdict, rule.uncertain) == (Verdict.RETRY, True)


@pytest.mark.parametrize("http_status", [500, 502, 503, 504])
@pytest.mark.parametrize("code", [1, 2, 131000, 131016, 133004, 135000])
def test_a_temporary_error_with_a_5xx_may_have_been_sent(code: int, http_status: int) -> None:
    rule = classify(code, http_status, is_transient=True)
    assert (rule.verdict, rule.uncertain, rule.code) == (Verdict.RETRY, True, code)


@pytest.mark.parametrize("http_status", [500, 502, 503, 504])
@pytest.mark.parametrize("code", [131014, 131053, 131057, 134101])
def test_an_error_that_names_what_kept_the_message_back_is_clear_under_a_5xx_too(code: int, http_status: int) -> None:
    assert classify(code, http_status) is RULES[code]


def test_every_code_to_be_retried_is_judged_for_a_5xx_and_no_other_is_doubted_for_it() -> None:
    doubted = {code for code, rule in RULES.items() if classify(code, 500) != rule}
    retried = {code for code, rule in RULES.items() if rule.verdict is Verdict.RETRY and not rule.uncertain}
    assert doubted == {1, 2, 131016, 133004, 135000} == retried - {131014, 131053, 131057, 134101}


@pytest.mark.parametrize("code", [1, 2, 131016, 133004, 135000])
@pytest.mark.parametrize("http_status", [None, 400])
def test_a_temporary_error_of_a_receipt_or_with_a_4xx_is_a_clear_no(code: int, http_status: int | None) -> None:
    assert not classify(code, http_status).uncertain


def test_an_unknown_code_is_retried_only_when_meta_calls_it_transient() -> None:
    assert classify(424242, 400, is_transient=True).verdict is Verdict.RETRY
    assert classify(424242, 400, is_transient=False).verdict is Verdict.PERMANENT
    assert classify(424242, 400).verdict is Verdict.PERMANENT
    assert classify(None, None).verdict is Verdict.PERMANENT


def test_a_known_code_is_not_overruled_by_is_transient() -> None:
    assert classify(190, 401, is_transient=True).verdict is Verdict.CONFIG


def test_only_the_unknown_failure_may_have_been_sent() -> None:
    assert [code for code, rule in RULES.items() if rule.uncertain] == [131000]


@pytest.mark.parametrize(
    ("code", "attempts"), [(1, 3), (131000, 2), (131014, 3), (131053, 3), (135000, 2), (2, None), (131016, None)]
)
def test_some_errors_are_tried_fewer_times(code: int, attempts: int | None) -> None:
    assert classify(code).max_attempts == attempts


@pytest.mark.parametrize(
    ("code", "delay"),
    [
        (131056, timedelta(seconds=1)),
        (131057, timedelta(seconds=60)),
        (134101, timedelta(minutes=10)),
        (131049, timedelta(hours=24)),
    ],
)
def test_some_errors_name_their_first_pause(code: int, delay: timedelta) -> None:
    assert classify(code).first_delay == delay


@pytest.mark.parametrize("code", [-1, 199, 300, 131199, 131300, 137999, 140000, 2**70])
def test_codes_beside_a_range_are_unknown(code: int) -> None:
    assert classify(code).title == "Error not known yet"
