"""Automatic answers: which rule fires, in whatever order rules are given, and when none may."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.auto_reply import FRESH, AutoReplyRule, Incoming, decide, judge, refusal
from messaging.business_hours import parse_business_hours

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MORNING = parse_business_hours("UTC", {"saturday": [["08:00", "11:00"]]})


def rule(number: int = 1, **more: Any) -> AutoReplyRule:
    return AutoReplyRule(**{"id": UUID(int=number), "position": number, "match": "contains", "pattern": "hola", **more})


def incoming(**more: Any) -> Incoming:
    message = {"type": "text", "text": "Hola", "at": NOON, "window_closes_at": NOON + timedelta(hours=24), **more}
    return Incoming(**message)


def answer(rules: Sequence[AutoReplyRule], message: Incoming, **more: Any) -> int | None:
    options: dict[str, Any] = {"now": NOON, "answered_at": {}, "hours": None, **more}
    decided = decide(rules, message, **options)
    return decided.int if decided else None


def test_the_first_rule_that_matches_answers() -> None:
    rules = [rule(3), rule(2), rule(1, pattern="adiós")]
    assert answer(rules, incoming()) == 2


@given(st.permutations([rule(1, pattern="x"), rule(2), rule(3), rule(4, position=2), rule(5, is_active=False)]))
def test_the_order_in_which_rules_are_given_does_not_matter(rules: list[AutoReplyRule]) -> None:
    assert answer(rules, incoming()) == 2


NEVER = [
    ("an echo of our own phone", {"origin": "echo"}),
    ("imported history", {"origin": "history"}),
    ("a group", {"is_group": True}),
    ("a message of last week", {"at": NOON - timedelta(days=7)}),
    ("a message of this morning", {"at": NOON - FRESH - timedelta(seconds=1)}),
    ("a closed window", {"window_closes_at": NOON}),
    ("no window", {"window_closes_at": None}),
    ("a photo", {"type": "image"}),
    ("a reaction", {"type": "reaction"}),
    ("an edit", {"type": "edit"}),
    ("a message without text", {"text": None}),
    ("blanks", {"text": " \n"}),
    ("somebody who asked for no messages", {"may_be_answered": False}),
]


@pytest.mark.parametrize(("_case", "more"), NEVER, ids=[case[0] for case in NEVER])
def test_some_messages_are_never_answered(_case: str, more: dict[str, Any]) -> None:
    catch_all = rule(match="regex", pattern=".*")
    assert refusal(incoming(**more), NOON) is not None
    assert answer([catch_all], incoming(**more)) is None


@pytest.mark.parametrize("kind", ["text", "button", "interactive"])
def test_what_a_customer_words_or_taps_is_answered(kind: str) -> None:
    assert answer([rule()], incoming(type=kind)) == 1


def test_a_contact_gets_an_answer_once_in_a_period_and_the_next_rule_may_answer_instead() -> None:
    rules = [rule(1, once_per=timedelta(days=1)), rule(2)]
    answered_at = {UUID(int=1): NOON - timedelta(hours=23)}
    assert answer(rules, incoming(), answered_at=answered_at) == 2
    assert answer(rules, incoming(), answered_at={UUID(int=1): NOON - timedelta(hours=24)}) == 1


@pytest.mark.parametrize(
    ("during", "hours", "answers"),
    [
        ("always", MORNING, True),
        ("business_hours", MORNING, False),
        ("outside_business_hours", MORNING, True),
        ("business_hours", None, True),
        ("outside_business_hours", None, False),
    ],
)
def test_a_rule_may_be_for_business_hours_or_for_the_rest(during: str, hours: Any, answers: bool) -> None:
    assert (answer([rule(during=during)], incoming(), hours=hours) == 1) is answers


def test_an_expression_that_takes_too_long_leaves_the_other_rules_their_turn() -> None:
    slow = rule(1, match="regex", pattern=r"^(a+)+$")
    message = incoming(text="a" * 4000 + "hola")
    assert answer([slow, rule(2)], message) == 2
    assert "too long" in judge(slow, message, now=NOON, answered_at={}, hours=None).reason


def test_a_trial_tells_why_each_rule_keeps_still() -> None:
    reasons = [
        judge(one, incoming(), now=NOON, answered_at={UUID(int=3): NOON}, hours=MORNING).reason
        for one in (
            rule(1, is_active=False),
            rule(2, pattern="adiós"),
            rule(3, once_per=timedelta(hours=1)),
            rule(4, during="business_hours"),
            rule(5),
        )
    ]
    assert reasons == [
        "the rule is switched off",
        "the text does not match",
        "the contact has had this answer already in this period",
        "the rule is for another time of the day",
        "it answers",
    ]
