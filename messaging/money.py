"""Amounts of money: read exactly, written as the language of the customer writes them. Decimal throughout."""

import re
from collections.abc import Mapping
from decimal import Decimal

from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision

from messaging.languages import locale_of
from messaging.violations import Violation

# CLDR: the money that is legal tender somewhere today.
CURRENCIES: frozenset[str] = frozenset(
    code
    for territory in get_global("territory_currencies").values()
    for code, _since, until, is_tender in territory
    if is_tender and until is None
)

# Signs that founding callers send in place of a code, where one sign means one currency.
NOTATIONS: Mapping[str, str] = {"RD$": "DOP", "US$": "USD", "R$": "BRL", "€": "EUR"}

# ISO 4217: decimals of the currencies that do not have two. Babel's own figures say how prices are usually
# shown (no decimals for RSD, PKR …), which would refuse or round amounts that are legal.
DECIMALS: Mapping[str, int] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
USUAL_DECIMALS = 2

# Fifteen digits before the point, with three decimals, fit a numeric(18, 3).
_DECIMAL_STRING = re.compile(r"([0-9]{1,15})(?:\.([0-9]+))?")

# CLDR's currencySpacing, which Babel leaves out: "DOP 1,000.00" and not "DOP1,000.00", but "RD$1,000.00".
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
NO_BREAK_SPACE = "\u00a0"

_WRITE_IT_SO = 'write it as a decimal string without thousands separators, for example "1250.00"'


def parse_currency(raw: str) -> str:
    """Return the ISO 4217 code of a code in any case or of one of the NOTATIONS.

    Raises:
        Violation: neither.
    """
    code = raw.strip().upper()
    code = NOTATIONS.get(code, code)
    if code not in CURRENCIES:
        raise Violation("the currency is not known; give its ISO 4217 code, for example DOP, USD or EUR")
    return code


def parse_amount(raw: object, currency: str) -> Decimal:
    """Return the amount, exactly as it was written.

    Args:
        raw: a decimal string, an int or a Decimal.
        currency: ISO 4217 code; it says how many decimals an amount may have.

    Raises:
        Violation: anything else: empty, "undefined", NaN, an exponent, a negative number, a float, too many
            decimals.
    """
    if isinstance(raw, float):
        raise Violation(f"the amount is a floating-point number, which is not exact; {_WRITE_IT_SO}")
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        raise Violation(f"the amount is not a decimal string; {_WRITE_IT_SO}")
    text = str(raw).strip()
    if text.startswith("-"):
        raise Violation("the amount is negative; only an amount that is owed can be sent")
    matched = _DECIMAL_STRING.fullmatch(text)
    if matched is None:
        raise Violation(f"the amount is not a decimal number; {_WRITE_IT_SO}")
    _check_decimals(len(matched[2] or ""), currency)
    return Decimal(text)


def parse_balance(raw: object, currency: str) -> Decimal:
    """Return what is owed, where a missing amount (None) means nothing (S4.8).

    Raises:
        Violation: as `parse_amount`; an amount that is there but wrong is never taken for nothing.
    """
    return Decimal(0) if raw is None else parse_amount(raw, currency)


def is_due(amount: Decimal) -> bool:
    """Tell whether there is anything to ask for; with nothing due, nothing is sent (S4.8)."""
    return amount > 0


def format_amount(amount: Decimal, currency: str, language: str) -> str:
    """Write an amount with its currency as CLDR does for the language: "15.000,00 DOP" in Spanish.

    The usual number of decimals of the currency is shown, more where the amount would be rounded otherwise.

    Raises:
        Violation: CLDR does not know the language.
    """
    shown_decimals = get_currency_precision(currency)
    is_exact = amount == round(amount, shown_decimals)
    written = format_currency(
        amount, currency, locale=locale_of(language), currency_digits=is_exact, decimal_quantization=is_exact
    )
    return _LETTER_BESIDE_DIGIT.sub(NO_BREAK_SPACE, written)


def _check_decimals(given: int, currency: str) -> None:
    allowed = DECIMALS.get(currency, USUAL_DECIMALS)
    if given > allowed:
        most = f"at most {allowed} decimals" if allowed else "no decimals"
        raise Violation(f"the amount has {given} decimals; {currency} has {most}")
