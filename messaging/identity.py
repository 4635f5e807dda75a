"""Who is who: a contact is found by phone number or alias, whichever is shown, and two that prove to be one merge.

An alias is Meta's BSUID, or WhatsApp Web's digits@lid: a person may have one of each, and no message names both.

The same mobile number has two written forms in three countries, and Meta's wa_id may be the other one than what a
business system sent: a contact is keyed by one canonical form of it, and keeps the form it was first met in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import phonenumbers
from phonenumbers import NumberParseException

LID = "@lid"

# Brazil (Anatel 2012-2016): mobiles got a 9 before their eight digits, which began with 6 to 9; old wa_ids lack it.
_BRAZIL_WITHOUT_9 = re.compile(r"\+55([1-9][0-9])([6-9][0-9]{7})")

# Mexico (2019): the 1 after +52 was dropped for mobiles; wa_ids keep it.
_MEXICO_WITH_1 = re.compile(r"\+521([0-9]{10})")

# Argentina: mobiles are dialled +54 9 from abroad, and area code, 15, number at home. The number block itself tells
# mobile from landline, so a 9 more or less never names somebody else.
_ARGENTINA_WITHOUT_9 = re.compile(r"\+54([1-8][0-9]{9})")
_ARGENTINA_WITH_15 = re.compile(r"\+54[1-8][0-9]{11}")


def phone_key(phone: str) -> str:
    """Return the one form under which a contact's number is kept.

    Args:
        phone: E.164 with "+".
    """
    if match := _BRAZIL_WITHOUT_9.fullmatch(phone):
        return f"+55{match[1]}9{match[2]}"
    if match := _MEXICO_WITH_1.fullmatch(phone):
        return f"+52{match[1]}"
    if match := _ARGENTINA_WITHOUT_9.fullmatch(phone):
        return f"+549{match[1]}"
    if _ARGENTINA_WITH_15.fullmatch(phone):
        return _without_15(phone)
    return phone


def _without_15(phone: str) -> str:
    """phonenumbers knows how long each area code is, and turns its 15 into the 9 before it."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.E164)
    except NumberParseException:
        return phone


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody as one webhook or request names them; at least one of the two is known."""

    phone: str | None
    bsuid: str | None
    lid: str | None = None

    @property
    def phone_key(self) -> str | None:
        """The number's canonical form."""
        return phone_key(self.phone) if self.phone else None


def sighting(phone: str | None, alias: str | None) -> Sighting:
    """Return who is meant by a message's two columns: a number in E.164, and a BSUID or digits@lid."""
    is_lid = alias is not None and alias.endswith(LID)
    return Sighting(phone, None if is_lid else alias, alias if is_lid else None)


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact as it is stored; ids are UUIDv7, so the smaller one is older."""

    id: UUID
    phone_key: str | None
    bsuid: str | None
    lid: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a sighting says about stored contacts.

    `survivor` is the contact it belongs to, None when there is none yet. `absorbed` is merged into it. `bereft` loses
    its number, which now belongs to the survivor, and stays a contact by its alias.
    """

    survivor: UUID | None
    absorbed: UUID | None = None
    bereft: UUID | None = None


def resolve(sighting: Sighting, contacts: Sequence[KnownContact]) -> Resolution:
    """Find whom a sighting belongs to, among the contacts that have its number or its alias.

    Two contacts that one sighting names both are one person (Meta reveals it: earlier the number was not shown, or the
    BSUID not yet there); the older one survives. Only where each has an identity of its own that contradicts, the
    number has changed hands: BSUIDs are made anew when a number changes, so the BSUID says who it is.
    """
    by_phone = next((one for one in contacts if sighting.phone_key and one.phone_key == sighting.phone_key), None)
    by_alias = next((one for one in contacts if _has_alias(one, sighting)), None)
    if by_phone is None or by_alias is None or by_phone.id == by_alias.id:
        found = by_phone or by_alias
        return Resolution(found.id if found else None)
    other_alias = by_phone.bsuid if sighting.bsuid else by_phone.lid
    if other_alias is not None and by_alias.phone_key is not None:
        return Resolution(by_alias.id, bereft=by_phone.id)
    survivor, absorbed = sorted((by_phone.id, by_alias.id))
    return Resolution(survivor, absorbed)


def _has_alias(contact: KnownContact, sighting: Sighting) -> bool:
    if sighting.bsuid:
        return contact.bsuid == sighting.bsuid
    return sighting.lid is not None and contact.lid == sighting.lid
