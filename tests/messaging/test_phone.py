"""Telephone numbers as callers write them, and what is made of them."""

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from messaging.phone import mask, to_e164
from messaging.violations import Violation


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("+18095551234", "+18095551234"),
        ("19292476305", "+19292476305"),  # S4.5: the founding example
        ("18295550101", "+18295550101"),
        ("+1 (809) 555-1234", "+18095551234"),
        ("+1.809.555.1234", "+18095551234"),
        ("  +34 600 111 222\n", "+34600111222"),
        ("+44 20\u00a07946\u20110958", "+442079460958"),
        ("\u202a+573001234567\u202c", "+573001234567"),
        ("5511987654321", "+5511987654321"),
        ("+551187654321", "+551187654321"),  # Brazil without the ninth digit, as some wa_ids are
        ("5215512345678", "+525512345678"),  # Mexico with the 1 that Meta's wa_id still has
        ("+5215512345678", "+525512345678"),
        ("+15550001111", "+15550001111"),
        ("15551234567", "+15551234567"),
    ],
)
def test_a_number_is_written_in_one_form(raw: str, expected: str) -> None:
    assert to_e164(raw) == expected


@pytest.mark.parametrize(
    ("raw", "part_of_the_answer"),
    [
        ("", "empty"),
        ("+", "empty"),
        ("   ", "empty"),
        ("undefined", "other than digits"),
        ("null", "other than digits"),
        ("+1809555CALL", "other than digits"),
        ("++18095551234", "other than digits"),
        ("18095551234 ext 5", "other than digits"),
        ("+1809555١٢٣٤", "other than digits"),
        ("00 1 809 555 1234", "begins with 0"),
        ("0612345678", "begins with 0"),
        ("+1809555", "too short"),
        ("+5551234", "too short"),
        ("+180955512345678", "too long"),
        ("+999123456789", "does not begin with a country code"),
        ("8095551234", "does not begin with a country code"),
        ("8291234567", "lack its country code"),  # as +82 it would be a number in Korea
        ("9292476305", "lack its country code"),  # as +92 in Pakistan
        ("11987654321", "lack its country code"),  # a Brazilian mobile, as +1 a number of North America
        ("+" + "1" * 400, "too long"),
        ("+1", "too short"),
        ("+346", "too short"),
    ],
)
def test_what_is_no_international_number_is_refused_with_what_to_do(raw: str, part_of_the_answer: str) -> None:
    with pytest.raises(Violation) as refused:
        to_e164(raw)
    assert part_of_the_answer in refused.value.detail
    assert "+18095551234" in refused.value.detail


@given(st.text())
def test_any_text_is_either_a_number_or_a_violation(raw: str) -> None:
    with suppress(Violation):
        assert to_e164(raw).startswith("+")


@given(st.integers(min_value=10**8, max_value=10**12).map(str))
def test_a_violation_never_repeats_the_number(raw: str) -> None:
    assume(raw not in "+18095551234")
    try:
        to_e164(raw)
    except Violation as refused:
        detail = refused.detail
    else:
        detail = ""
    assert raw not in detail


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+18291231234", "+1829•••1234"),
        ("+34600111222", "+3460•••1222"),
        ("+4712345678", "+471•••678"),
        ("+2901234", "+2•••34"),
        ("+12345", "•••"),
        ("", "•••"),
    ],
)
def test_a_masked_number_can_be_recognised_but_not_called(phone: str, shown: str) -> None:
    assert mask(phone) == shown


@given(st.integers(min_value=10**6, max_value=10**15 - 1))
def test_a_mask_hides_at_least_three_digits(number: int) -> None:
    phone = f"+{number}"
    assert len(mask(phone).replace("•••", "")) <= len(phone) - 3
