"""Telephone numbers: one written form (E.164 with "+"), and one form that may be shown in a log."""

import re
from collections.abc import Mapping

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, ValidationResult

from messaging.violations import Violation

# What people and address books put between digits: spaces, hyphens of every kind, brackets, dots, slashes and
# the invisible direction marks that come along when a number is copied out of a phone.
_SEPARATORS = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\-\u2010-\u2015()./]")
_DIGITS = re.compile(r"[0-9]+")

# Mexican mobiles lost the 1 after +52 in 2019; Meta's wa_id still carries it, and callers send it back.
_MEXICAN_MOBILE_WITH_1 = re.compile(r"\+521([0-9]{10})")

# The area code 555 of North America belongs to nobody: examples and Meta's test numbers, never a mistyped
# number of another country.
_FICTIONAL = re.compile(r"\+1555[0-9]{7}")

# (least length, characters shown at its head, at its tail): three or more stay hidden.
_SHOWN = ((12, 5, 4), (10, 4, 3), (7, 2, 2))

_WRITE_IT_SO = 'write it with "+" and the country code, for example +18095551234'

_UNREADABLE: Mapping[int, str] = {
    NumberParseException.NOT_A_NUMBER: "the phone number is too short",
    NumberParseException.TOO_SHORT_NSN: "the phone number is too short",
    NumberParseException.TOO_LONG: "the phone number is too long",
}

_LENGTH_FAULTS: Mapping[int, str] = {
    ValidationResult.TOO_SHORT: "the phone number is too short for its country",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "the phone number lacks its area code",
    ValidationResult.TOO_LONG: "the phone number is too long for its country",
    ValidationResult.INVALID_LENGTH: "the phone number has a wrong length for its country",
}


def to_e164(raw: str) -> str:
    """Return the number in E.164 with "+", the only form that Meta reads without guessing a country.

    With "+" the length must fit the country: new ranges open faster than any list of them. Bare digits (the
    founding systems send 19292476305) must also be a number that is in use there, since they may well be a
    national number whose country code was forgotten.

    Args:
        raw: "+" and digits or bare international digits, with spaces, hyphens, brackets, dots or slashes.

    Raises:
        Violation: it cannot be read as a number with its country code.
    """
    compact = _SEPARATORS.sub("", raw)
    digits = compact.removeprefix("+")
    if not digits:
        raise Violation(f"the phone number is empty; {_WRITE_IT_SO}")
    if not _DIGITS.fullmatch(digits):
        raise Violation(f"the phone number has characters other than digits; {_WRITE_IT_SO}")
    if digits.startswith("0"):
        raise Violation(f"the phone number begins with 0, which no country code does; {_WRITE_IT_SO}")
    international = _MEXICAN_MOBILE_WITH_1.sub(r"+52\1", f"+{digits}")
    _check_number(international, must_be_in_use=digits == compact)
    return international


def mask(phone: str) -> str:
    """Return a form for logs: enough to recognise a number one knows, too little to call it."""
    for least_length, head, tail in _SHOWN:
        if len(phone) >= least_length:
            return f"{phone[:head]}•••{phone[-tail:]}"
    return "•••"


def _check_number(international: str, *, must_be_in_use: bool) -> None:
    number = _parse(international)
    fault = _LENGTH_FAULTS.get(phonenumbers.is_possible_number_with_reason(number))
    if fault:
        raise Violation(f"{fault}; {_WRITE_IT_SO}")
    if must_be_in_use and not (phonenumbers.is_valid_number(number) or _FICTIONAL.fullmatch(international)):
        raise Violation(f"the phone number seems to lack its country code; {_WRITE_IT_SO}")


def _parse(international: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(international)
    except NumberParseException as error:
        fault = _UNREADABLE.get(error.error_type, "the phone number does not begin with a country code")
        raise Violation(f"{fault}; {_WRITE_IT_SO}") from error
