"""Who is who: variants of a number are one contact, and what Meta reveals joins two."""

from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.identity import KnownContact, Resolution, Sighting, phone_key, resolve, sighting

OLD, NEW, NEWEST = (UUID(int=n) for n in (1, 2, 3))


@pytest.mark.parametrize(
    "variants",
    [
        ("+5511987654321", "+551187654321"),  # Brazil: São Paulo, with and without the ninth digit
        ("+5547991234567", "+554791234567"),
        ("+525512345678", "+5215512345678"),  # Mexico
        ("+5491123456789", "+541123456789", "+54111523456789"),  # Argentina: Buenos Aires, with 9, without, with 15
        ("+5493511234567", "+543511234567", "+54351151234567"),  # Córdoba
    ],
)
def test_variants_of_one_number_have_one_key(variants: tuple[str, ...]) -> None:
    assert len({phone_key(variant) for variant in variants}) == 1


@pytest.mark.parametrize(
    "phone",
    [
        "+551132654321",  # a landline in São Paulo begins with 2 to 5 and never had the 9
        "+18095551234",
        "+34600111222",
        "+573001234567",
        "+5215512",
        "+4915123456789",
    ],
)
def test_other_numbers_are_their_own_key(phone: str) -> None:
    assert phone_key(phone) == phone


def test_two_numbers_are_two_keys() -> None:
    assert phone_key("+5511987654321") != phone_key("+5511987654322")
    assert phone_key("+5491123456789") != phone_key("+5491123456780")


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_key_is_the_key_of_itself(phone: str) -> None:
    assert phone_key(phone_key(phone)) == phone_key(phone)


def known(contact_id: UUID, phone: str | None = None, bsuid: str | None = None, lid: str | None = None) -> KnownContact:
    return KnownContact(contact_id, phone_key(phone) if phone else None, bsuid, lid)


PHONE, VARIANT, OTHER_PHONE, BSUID, OTHER_BSUID = "+5511987654321", "+551187654321", "+18095551234", "BR.1", "BR.2"
LID, OTHER_LID = "98765432101234@lid", "98765432101235@lid"

CASES = [
    ("nobody yet", Sighting(PHONE, BSUID), [], Resolution(None)),
    ("found by number", Sighting(PHONE, None), [known(OLD, PHONE)], Resolution(OLD)),
    ("found by the other form of it", Sighting(VARIANT, None), [known(OLD, PHONE)], Resolution(OLD)),
    ("found by BSUID", Sighting(None, BSUID), [known(OLD, None, BSUID)], Resolution(OLD)),
    ("the BSUID is new", Sighting(PHONE, BSUID), [known(OLD, PHONE)], Resolution(OLD)),
    ("the number is new", Sighting(PHONE, BSUID), [known(OLD, None, BSUID)], Resolution(OLD)),
    ("the BSUID was made anew", Sighting(PHONE, BSUID), [known(OLD, PHONE, OTHER_BSUID)], Resolution(OLD)),
    ("two are one", Sighting(PHONE, BSUID), [known(OLD, PHONE), known(NEW, None, BSUID)], Resolution(OLD, NEW)),
    ("the older survives", Sighting(PHONE, BSUID), [known(NEW, PHONE), known(OLD, None, BSUID)], Resolution(OLD, NEW)),
    (
        "a contact without a number of its own joins",
        Sighting(PHONE, BSUID),
        [known(OLD, PHONE, OTHER_BSUID), known(NEW, None, BSUID)],
        Resolution(OLD, NEW),
    ),
    (
        "a contact without a BSUID of its own joins",
        Sighting(PHONE, BSUID),
        [known(OLD, PHONE), known(NEW, OTHER_PHONE, BSUID)],
        Resolution(OLD, NEW),
    ),
    (
        "the number changed hands",
        Sighting(PHONE, BSUID),
        [known(OLD, PHONE, OTHER_BSUID), known(NEW, OTHER_PHONE, BSUID)],
        Resolution(NEW, bereft=OLD),
    ),
    ("found by @lid", Sighting(None, None, LID), [known(OLD, PHONE, BSUID, LID)], Resolution(OLD)),
    ("the @lid is new", Sighting(PHONE, None, LID), [known(OLD, PHONE, BSUID)], Resolution(OLD)),
    (
        "a gateway reveals that two are one",
        Sighting(PHONE, None, LID),
        [known(OLD, PHONE, BSUID), known(NEW, None, None, LID)],
        Resolution(OLD, NEW),
    ),
    (
        "the number changed hands, says a gateway",
        Sighting(PHONE, None, LID),
        [known(OLD, PHONE, None, OTHER_LID), known(NEW, OTHER_PHONE, BSUID, LID)],
        Resolution(NEW, bereft=OLD),
    ),
]


@pytest.mark.parametrize(("_case", "sighting", "contacts", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_sighting_finds_its_contact(
    _case: str, sighting: Sighting, contacts: list[KnownContact], expected: Resolution
) -> None:
    for ordered in permutations([*contacts, known(NEWEST, "+34600111222", "ES.9")]):
        assert resolve(sighting, ordered) == expected


def test_an_alias_of_whatsapp_web_is_told_from_metas() -> None:
    assert sighting(PHONE, LID) == Sighting(PHONE, None, LID)
    assert sighting(None, BSUID) == Sighting(None, BSUID, None)
    assert sighting(PHONE, None) == Sighting(PHONE, None, None)
