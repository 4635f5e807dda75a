"""Who a message is for: phones as Meta reads them, and business-scoped user ids."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from simulator.errors import GraphError

BSUID: Final = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
PUNCTUATION: Final = str.maketrans("", "", " -().\u00a0")
SHORTEST_PHONE: Final = 7
LONGEST_PHONE: Final = 15
NORTH_AMERICAN_LENGTH: Final = 11


@dataclass(frozen=True, slots=True)
class Recipient:
    """`phone` in E.164 for a send by `to`; None for a send by `recipient`, where only `bsuid` is known."""

    given: str
    phone: str | None
    bsuid: str

    @property
    def name(self) -> str:
        return self.phone or self.bsuid

    @property
    def wa_id(self) -> str | None:
        return self.phone[1:] if self.phone else None


def phone_recipient(given: str, calling_code: str) -> Recipient:
    """Read `to` as Meta does: without a plus the business number's own country code goes in front.

    Raises GraphError 131009 when no phone number is left. Source: Meta, "Service messages".
    """
    digits = given.translate(PUNCTUATION)
    digits = digits[1:] if digits.startswith("+") else calling_code + digits
    if not (digits.isascii() and digits.isdigit() and SHORTEST_PHONE <= len(digits) <= LONGEST_PHONE):
        raise GraphError(131009, "to is not a phone number")
    return Recipient(given, "+" + digits, bsuid_of("+" + digits))


def named_recipient(name: str) -> Recipient:
    """The recipient behind a name in the ground truth: a phone in E.164, or a business-scoped user id."""
    if name.startswith("+"):
        return Recipient(name, name, bsuid_of(name))
    return Recipient(name, None, name)


def bsuid_recipient(given: str) -> Recipient:
    """Read `recipient`. Raises GraphError 131009 unless it is a business-scoped user id."""
    if not BSUID.fullmatch(given):
        raise GraphError(131009, "recipient is not a business-scoped user id")
    return Recipient(given, None, given)


@lru_cache(maxsize=65_536)
def bsuid_of(phone: str) -> str:
    """The user id that belongs to a phone (E.164) in this portfolio: always the same one."""
    number = int.from_bytes(hashlib.blake2b(phone.encode(), digest_size=8).digest(), "big")
    return f"{'US' if phone.startswith('+1') else 'ZZ'}.{number:020d}"


def can_exist(phone: str) -> bool:
    """False for a number no operator can give out: +1 is always followed by ten digits."""
    return not phone.startswith("+1") or len(phone) == NORTH_AMERICAN_LENGTH + 1
