"""The 24-hour window: from Meta's timestamps, whatever their order, and closed a little early."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.service_window import (
    MARGIN,
    MOST_SUGGESTED,
    WINDOW,
    KnownTemplate,
    closes_at,
    is_open,
    opens_window,
    templates_that_would_do,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

moments = st.integers(min_value=-400_000, max_value=400_000).map(lambda seconds: NOON + timedelta(seconds=seconds))


@given(st.lists(moments, min_size=1, max_size=8), st.data())
def test_the_newest_message_counts_whatever_the_order_and_repeats(written: list[datetime], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(written + written[:2]))
    assert closes_at(shuffled, NOON) == closes_at(written, NOON) == min(max(written), NOON) + WINDOW


@given(st.lists(moments, max_size=8), moments)
def test_one_more_message_never_closes_a_window_earlier(written: list[datetime], another: datetime) -> None:
    before, after = closes_at(written, NOON), closes_at([*written, another], NOON)
    assert after is not None
    assert before is None or after >= before


def test_nobody_wrote_so_there_is_no_window() -> None:
    assert closes_at([], NOON) is None
    assert not is_open(None, NOON)


def test_a_clock_that_is_ahead_does_not_make_the_window_longer() -> None:
    assert closes_at([NOON + timedelta(days=3)], NOON) == NOON + WINDOW


def test_a_message_of_last_week_that_comes_now_opens_nothing() -> None:
    assert not is_open(closes_at([NOON - timedelta(days=7)], NOON), NOON)


def test_it_closes_a_margin_before_meta_says_so() -> None:
    closing = closes_at([NOON], NOON)
    assert is_open(closing, NOON + WINDOW - MARGIN - timedelta(seconds=1))
    assert not is_open(closing, NOON + WINDOW - MARGIN)


@pytest.mark.parametrize(
    ("message_type", "is_group", "opens"),
    [
        ("text", False, True),
        ("audio", False, True),
        ("button", False, True),
        ("request_welcome", False, True),
        ("text", True, False),
        ("reaction", False, False),
        ("edit", False, False),
        ("revoke", False, False),
        ("system", False, False),
        ("unsupported", False, False),
    ],
)
def test_only_what_a_customer_writes_to_us_alone_opens_it(message_type: str, is_group: bool, opens: bool) -> None:
    assert opens_window(message_type, is_group=is_group) is opens


def template(
    name: str, language: str = "es", status: str = "APPROVED", category: str | None = "UTILITY"
) -> KnownTemplate:
    return KnownTemplate(name, language, status, category)


def test_templates_that_would_do_are_approved_and_come_utility_first_then_in_the_contacts_language() -> None:
    known = [
        template("promo", category="MARKETING"),
        template("invoice", "en_US"),
        template("paused", status="PAUSED"),
        template("code", category="AUTHENTICATION"),
        template("unknown", category=None),
        template("visit", "es_DO"),
    ]
    named = [one.name for one in templates_that_would_do(known, languages=["es-DO"])]
    assert named == ["visit", "invoice", "promo"]


def test_marketing_is_not_suggested_to_who_does_not_want_it_and_the_list_is_short() -> None:
    known = [template(f"t{n:02}") for n in range(30)] + [template("promo", category="MARKETING")]
    assert len(templates_that_would_do(known)) == MOST_SUGGESTED
    assert templates_that_would_do([known[-1]], marketing_allowed=False) == []
