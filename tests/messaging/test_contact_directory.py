"""One batch of sightings: whoever is one person in the end is one contact, whatever the order they come in."""

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from messaging.consent import changes_of_word
from messaging.contact_directory import Contact, Directory
from messaging.identity import Sighting, phone_key

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PHONE, VARIANT, OTHER_PHONE = "+5511987654321", "+551187654321", "+18095551234"
BSUID, OTHER_BSUID = "BR.1", "BR.2"
LID, OTHER_LID = "98765432101234@lid", "98765432101235@lid"


def ids(start: int = 100) -> Callable[[], UUID]:
    numbers = itertools.count(start)
    return lambda: UUID(int=next(numbers))


def stored(number: int, phone: str | None = None, bsuid: str | None = None, **more: Any) -> Contact:
    return Contact(UUID(int=number), phone, phone_key(phone) if phone else None, bsuid, **more)


def directory(*contacts: Contact) -> Directory:
    return Directory(contacts, ids())


def state(one: Directory) -> list[tuple[int, str | None, str | None]]:
    return [(contact.id.int, contact.phone, contact.bsuid) for contact in one.contacts]


def test_a_new_person_is_one_contact_however_often_they_are_seen() -> None:
    found = directory()
    for sighting in (Sighting(PHONE, None), Sighting(VARIANT, BSUID), Sighting(None, BSUID)):
        found.see(sighting)
    assert state(found) == [(100, PHONE, BSUID)]
    assert found.contacts[0].is_new


def test_what_is_stored_already_and_says_nothing_new_is_not_written_again() -> None:
    found = directory(stored(1, PHONE, BSUID, name="Ana"))
    found.see(Sighting(VARIANT, BSUID), name="Ana")
    assert not found.contacts[0].is_changed


def test_two_stored_contacts_that_prove_to_be_one_merge_into_the_older() -> None:
    early, late = NOON - timedelta(days=1), NOON
    by_phone = stored(1, PHONE, name="Ana", last_wrote_at=early)
    by_bsuid = stored(2, None, BSUID, name="@ana", username="@ana", last_wrote_at=late)
    found = directory(by_phone, by_bsuid)
    found.agree(by_bsuid, changes_of_word("stop", NOON))
    assert found.see(Sighting(PHONE, BSUID)) is by_phone
    assert state(found) == [(1, PHONE, BSUID)]
    assert found.merged == {UUID(int=2): UUID(int=1)}
    assert (by_phone.name, by_phone.username, by_phone.last_wrote_at) == ("Ana", "@ana", late)
    assert by_phone.consent.stopped_at("utility") == NOON


def test_a_contact_made_in_this_batch_merges_into_a_stored_one_and_nothing_is_left_of_it() -> None:
    found = directory(stored(1, None, BSUID))
    made = found.see(Sighting(PHONE, None))
    found.see(Sighting(PHONE, BSUID))
    assert state(found) == [(1, PHONE, BSUID)]
    assert found.merged == {}
    assert found.final(made).id == UUID(int=1)


def test_a_number_that_changed_hands_stays_with_whom_it_was_seen_last() -> None:
    found = directory(stored(1, PHONE, BSUID), stored(2, OTHER_PHONE, OTHER_BSUID))
    found.see(Sighting(PHONE, OTHER_BSUID))
    assert state(found) == [(1, None, BSUID), (2, PHONE, OTHER_BSUID)]


def test_a_contact_is_rekeyed_when_meta_tells_a_new_number() -> None:
    found = directory(stored(1, PHONE, BSUID, name="Ana"))
    for _ in range(2):
        found.change(Sighting(PHONE, BSUID), Sighting(OTHER_PHONE, OTHER_BSUID))
    assert state(found) == [(1, OTHER_PHONE, OTHER_BSUID)]


def test_a_new_bsuid_without_a_number_takes_the_old_number_away() -> None:
    found = directory(stored(1, PHONE, BSUID))
    found.change(Sighting(PHONE, BSUID), Sighting(None, OTHER_BSUID))
    assert state(found) == [(1, None, OTHER_BSUID)]


def test_a_new_bsuid_alone_leaves_the_number() -> None:
    found = directory(stored(1, PHONE, BSUID))
    found.change(Sighting(None, BSUID), Sighting(None, OTHER_BSUID))
    assert state(found) == [(1, PHONE, OTHER_BSUID)]


def test_who_wrote_from_the_new_number_before_the_change_was_told_is_the_same_person() -> None:
    found = directory(stored(1, PHONE, BSUID), stored(2, OTHER_PHONE, OTHER_BSUID))
    found.change(Sighting(PHONE, BSUID), Sighting(OTHER_PHONE, OTHER_BSUID))
    assert state(found) == [(1, OTHER_PHONE, OTHER_BSUID)]
    assert found.merged == {UUID(int=2): UUID(int=1)}


def test_the_new_number_may_have_had_another_owner() -> None:
    found = directory(stored(1, PHONE, BSUID), stored(2, OTHER_PHONE, "BR.9"))
    found.change(Sighting(PHONE, BSUID), Sighting(OTHER_PHONE, OTHER_BSUID))
    assert state(found) == [(1, OTHER_PHONE, OTHER_BSUID), (2, None, "BR.9")]


def test_a_change_of_somebody_unknown_makes_the_new_contact() -> None:
    found = directory()
    found.change(Sighting(PHONE, BSUID), Sighting(OTHER_PHONE, OTHER_BSUID))
    assert state(found) == [(100, OTHER_PHONE, OTHER_BSUID)]


phones = st.sampled_from([None, PHONE, VARIANT, OTHER_PHONE, "+34600111222"])
bsuids = st.sampled_from([None, BSUID, OTHER_BSUID, "ES.3"])
sightings = st.builds(Sighting, phones, bsuids).filter(lambda one: bool(one.phone or one.bsuid))
acts = st.lists(st.tuples(sightings, st.none() | sightings), max_size=12)


@given(acts)
def test_no_two_contacts_ever_share_a_number_or_a_bsuid(given_acts: Sequence[tuple[Sighting, Sighting | None]]) -> None:
    found = directory(stored(1, PHONE), stored(2, None, BSUID), stored(3, OTHER_PHONE, OTHER_BSUID))
    for sighting, changed_to in given_acts:
        contact = found.change(sighting, changed_to) if changed_to else found.see(sighting)
        assert found.final(contact) in found.contacts
    for attribute in ("phone_key", "bsuid"):
        keys = [key for contact in found.contacts if (key := getattr(contact, attribute))]
        assert len(keys) == len(set(keys))
    left = {contact.id for contact in found.contacts}
    assert set(found.merged).isdisjoint(left)
    assert set(found.merged.values()) <= left


@given(
    st.permutations([Sighting(PHONE, None), Sighting(None, BSUID), Sighting(VARIANT, BSUID), Sighting(PHONE, BSUID)])
)
def test_sightings_of_one_person_in_any_order_are_one_contact(order: list[Sighting]) -> None:
    found = directory()
    for sighting in order:
        found.see(sighting)
    assert len(found.contacts) == 1
    assert found.contacts[0].phone_key == phone_key(PHONE)
    assert found.contacts[0].bsuid == BSUID


def test_a_person_keeps_metas_alias_when_a_gateway_shows_another() -> None:
    found = directory(stored(1, PHONE, BSUID), stored(2, None, None, lid=LID))
    found.see(Sighting(None, None, LID), name="Ana")
    found.see(Sighting(PHONE, None, LID))
    [contact] = found.contacts
    assert (contact.id.int, contact.phone, contact.bsuid, contact.lid) == (1, PHONE, BSUID, LID)
    assert found.see(Sighting(None, None, LID)) is contact
    assert found.see(Sighting(None, BSUID)) is contact
    assert found.merged == {UUID(int=2): UUID(int=1)}


def test_an_alias_that_changed_hands_is_only_with_whom_it_was_seen_last() -> None:
    found = directory(stored(1, PHONE, lid=OTHER_LID), stored(2, OTHER_PHONE, lid=LID))
    found.see(Sighting(PHONE, None, LID))
    assert [(one.id.int, one.phone, one.lid) for one in found.contacts] == [(1, None, OTHER_LID), (2, PHONE, LID)]
