"""Amounts: what is taken, what is refused, and how a customer reads it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.money import (
    CURRENCIES,
    DECIMALS,
    format_amount,
    is_due,
    parse_amount,
    parse_balance,
    parse_currency,
)
from messaging.violations import Violation

NO_BREAK_SPACE = "\u00a0"
NARROW_SPACE = "\u202f"


@pytest.mark.parametrize(
    ("raw", "currency", "expected"),
    [
        ("1000.00", "DOP", "1000.00"),
        ("1000", "DOP", "1000"),
        (" 12.5 ", "USD", "12.5"),
        ("0.01", "EUR", "0.01"),
        ("007.50", "EUR", "7.50"),
        ("15000", "JPY", "15000"),
        ("15.125", "KWD", "15.125"),
        ("1500.50", "RSD", "1500.50"),
        ("123456789012345.67", "USD", "123456789012345.67"),
        (15000, "DOP", "15000"),
        (Decimal("12.34"), "DOP", "12.34"),
    ],
)
def test_a_decimal_amount_is_taken_exactly(raw: object, currency: str, expected: str) -> None:
    assert str(parse_amount(raw, currency)) == expected


@pytest.mark.parametrize(
    ("raw", "currency", "part_of_the_answer"),
    [
        ("undefined", "DOP", "not a decimal number"),  # S4.8: it once went out to a customer
        ("null", "DOP", "not a decimal number"),
        ("", "DOP", "not a decimal number"),
        ("   ", "DOP", "not a decimal number"),
        ("NaN", "DOP", "not a decimal number"),
        ("Infinity", "DOP", "not a decimal number"),
        ("-Infinity", "DOP", "negative"),
        ("-1.00", "DOP", "negative"),
        (-5, "DOP", "negative"),
        (Decimal("-0.01"), "DOP", "negative"),
        (Decimal("NaN"), "DOP", "not a decimal number"),
        (Decimal("1E+5"), "DOP", "not a decimal number"),
        ("1e3", "DOP", "not a decimal number"),
        ("+5", "DOP", "not a decimal number"),
        ("1,000.00", "DOP", "thousands separators"),
        ("1.000,00", "DOP", "thousands separators"),
        ("RD$1000", "DOP", "not a decimal number"),
        (".5", "DOP", "not a decimal number"),
        ("5.", "DOP", "not a decimal number"),
        ("١٢٣", "DOP", "not a decimal number"),
        ("1_000", "DOP", "not a decimal number"),
        ("1" * 16, "DOP", "not a decimal number"),
        (12.5, "DOP", "floating-point"),
        (float("nan"), "DOP", "floating-point"),
        (True, "DOP", "not a decimal string"),
        (None, "DOP", "not a decimal string"),
        ([], "DOP", "not a decimal string"),
        ("10.999", "DOP", "has 3 decimals; DOP has at most 2 decimals"),
        ("10.5", "JPY", "has 1 decimals; JPY has no decimals"),
        ("10.1234", "KWD", "at most 3 decimals"),
    ],
)
def test_what_is_no_amount_is_refused(raw: object, currency: str, part_of_the_answer: str) -> None:
    with pytest.raises(Violation) as refused:
        parse_amount(raw, currency)
    assert part_of_the_answer in refused.value.detail


@given(st.one_of(st.text(), st.floats(), st.integers(), st.decimals(), st.booleans(), st.none()))
def test_anything_at_all_is_an_amount_of_zero_or_more_or_a_violation(raw: object) -> None:
    try:
        amount = parse_amount(raw, "DOP")
    except Violation:
        return
    assert amount.is_finite()
    assert amount >= 0


@pytest.mark.parametrize(
    ("raw", "due"),
    [(None, False), ("0", False), ("0.00", False), (0, False), ("0.01", True), ("1000.00", True)],
)
def test_with_zero_or_nothing_due_nothing_is_to_be_sent_s4_8(raw: object, due: bool) -> None:
    assert is_due(parse_balance(raw, "DOP")) is due


@pytest.mark.parametrize("raw", ["undefined", "", "null", "NaN", "-10.00"])
def test_a_wrong_balance_is_refused_and_never_taken_for_nothing_due_s4_8(raw: str) -> None:
    with pytest.raises(Violation):
        parse_balance(raw, "DOP")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("DOP", "DOP"),
        ("dop", "DOP"),
        (" usd ", "USD"),
        ("RD$", "DOP"),  # S4.6: the founding default
        ("rd$", "DOP"),
        ("US$", "USD"),
        ("R$", "BRL"),
        ("€", "EUR"),
        ("JPY", "JPY"),
        ("KWD", "KWD"),
    ],
)
def test_a_currency_is_known_by_its_code_or_founding_notation(raw: str, code: str) -> None:
    assert parse_currency(raw) == code


@pytest.mark.parametrize("raw", ["", "$", "XXX", "DEM", "XAU", "pesos", "undefined", "DO"])
def test_what_is_no_money_today_is_refused(raw: str) -> None:
    with pytest.raises(Violation, match="ISO 4217"):
        parse_currency(raw)


def test_every_currency_with_other_than_two_decimals_is_a_currency() -> None:
    assert DECIMALS.keys() <= CURRENCIES


@pytest.mark.parametrize(
    ("amount", "currency", "language", "expected"),
    [
        ("15000", "DOP", "es", f"15.000,00{NO_BREAK_SPACE}DOP"),
        ("15000.5", "DOP", "es-DO", "RD$15,000.50"),
        ("15000", "DOP", "en", f"DOP{NO_BREAK_SPACE}15,000.00"),
        ("15000", "USD", "en_US", "$15,000.00"),
        ("15000", "EUR", "de-DE", f"15.000,00{NO_BREAK_SPACE}€"),
        ("15000", "EUR", "fr-FR", f"15{NARROW_SPACE}000,00{NO_BREAK_SPACE}€"),
        ("15000", "BRL", "pt_BR", f"R${NO_BREAK_SPACE}15.000,00"),
        ("15000", "JPY", "en", "¥15,000"),
        ("15000", "JPY", "es_DO", f"JPY{NO_BREAK_SPACE}15,000"),
        ("15000.125", "KWD", "en", f"KWD{NO_BREAK_SPACE}15,000.125"),
        ("1500", "RSD", "en", f"RSD{NO_BREAK_SPACE}1,500"),
        ("1500.50", "RSD", "en", f"RSD{NO_BREAK_SPACE}1,500.50"),
        ("1000.125", "IQD", "en", f"IQD{NO_BREAK_SPACE}1,000.125"),
        ("123456789012345.67", "USD", "en", "$123,456,789,012,345.67"),
    ],
)
def test_an_amount_reads_as_the_language_writes_it(amount: str, currency: str, language: str, expected: str) -> None:
    written = format_amount(Decimal(amount), currency, language)
    assert written == expected


@given(
    minor=st.integers(min_value=0, max_value=10**17 - 1),
    currency=st.sampled_from(sorted(CURRENCIES)),
    language=st.sampled_from(["en", "es", "es_DO", "de", "pt_BR", "fr"]),
)
def test_no_written_amount_loses_a_cent(minor: int, currency: str, language: str) -> None:
    amount = Decimal(minor).scaleb(-DECIMALS.get(currency, 2))
    written = format_amount(amount, currency, language)
    digits = "".join(c for c in written if c.isdigit()).lstrip("0")
    exact = f"{amount:f}".replace(".", "").lstrip("0")
    assert digits.rstrip("0") == exact.rstrip("0")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(Violation, match="language"):
        format_amount(Decimal(1), "DOP", "xx")
