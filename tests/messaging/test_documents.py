"""One invoice, one key; the same founding request, the same number."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest

from messaging.documents import FOUNDING_STEPS, KINDS, STEPS, DocumentFacts, dedupe_key, founding_number

KEY = ("tenant-1", "invoice", "F-1", "initial", "+18095551234")
FACTS = DocumentFacts(
    customer_name="Test User",
    period="January 2025",
    amount=Decimal("1000.00"),
    currency="DOP",
    due_date=date(2025, 1, 15),
    link="https://pay.example.com/i/7?token=abc",
    organisation="MicroRealEstate",
)


def test_a_key_is_the_same_for_the_same_send_f1() -> None:
    assert dedupe_key(*KEY) == dedupe_key(*KEY)


def test_every_part_of_a_key_tells_sends_apart_f1() -> None:
    keys = [
        KEY,
        ("tenant-2", *KEY[1:]),
        (KEY[0], "quote", *KEY[2:]),
        (*KEY[:2], "F-2", *KEY[3:]),
        (*KEY[:2], "f-1", *KEY[3:]),
        (*KEY[:3], "reminder", KEY[4]),
        (*KEY[:4], "+18095551235"),
    ]
    for one, other in combinations(keys, 2):
        assert dedupe_key(*one) != dedupe_key(*other)


def test_the_parts_of_a_key_cannot_run_into_each_other() -> None:
    shifted = ('tenant-1", "x', *KEY[1:])
    assert dedupe_key(*shifted) != dedupe_key(*KEY)
    assert dedupe_key("a", "invoice", "b", "initial", "c") != dedupe_key("ab", "invoice", "", "initial", "c")


@pytest.mark.parametrize("number", [" F-1", "F-1 ", "F-1\u00a0"])
def test_spaces_around_a_number_make_no_second_invoice(number: str) -> None:
    assert dedupe_key(*KEY[:2], number, *KEY[3:]) == dedupe_key(*KEY)


def test_the_unicode_form_of_a_number_makes_no_second_invoice() -> None:
    composed, decomposed = "A\u00f1o-1", "An\u0303o-1"
    assert dedupe_key(*KEY[:2], composed, *KEY[3:]) == dedupe_key(*KEY[:2], decomposed, *KEY[3:])


def test_a_key_shows_no_phone_number() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", dedupe_key(*KEY))


@pytest.mark.parametrize(("kind", "step"), [("receipt", "initial"), ("invoice", "again")])
def test_an_unknown_kind_or_step_is_an_error_of_the_caller(kind: str, step: str) -> None:
    with pytest.raises(ValueError, match="kind and step"):
        dedupe_key("tenant-1", kind, "F-1", step, "+18095551234")


def test_the_founding_template_types_are_steps_s4_10() -> None:
    assert set(FOUNDING_STEPS.values()) == set(STEPS)
    assert KINDS == ("invoice", "quote")


def test_the_founding_number_is_stable_across_releases_s4_5() -> None:
    assert founding_number(FACTS) == "F-3fadf40cf43340aa"


@pytest.mark.parametrize(
    "same",
    [
        {"amount": Decimal("1000")},
        {"amount": Decimal("1000.0")},
        {"customer_name": " Test  User "},
        {"link": "https://pay.example.com/i/7?token=other"},
        {"link": "https://pay.example.com/i/7#page"},
        {"days_overdue": 12},
    ],
)
def test_the_same_founding_request_is_the_same_invoice_s4_5(same: dict[str, Any]) -> None:
    assert founding_number(replace(FACTS, **same)) == founding_number(FACTS)


@pytest.mark.parametrize(
    "other",
    [
        {"amount": Decimal("1000.01")},
        {"amount": Decimal("10000")},
        {"customer_name": "Test User II"},
        {"period": "February 2025"},
        {"period": None},
        {"currency": "USD"},
        {"due_date": None},
        {"link": "https://pay.example.com/i/8"},
        {"organisation": None},
    ],
)
def test_other_content_is_another_invoice_s4_5(other: dict[str, Any]) -> None:
    assert founding_number(replace(FACTS, **other)) != founding_number(FACTS)
