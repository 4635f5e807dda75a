"""The contacts of one tenant while a batch is worked on: who is seen, who turns out to be whom."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from messaging import consent
from messaging.consent import Change, Consent
from messaging.identity import KnownContact, Sighting, resolve


@dataclass(slots=True, eq=False)
class Contact:
    """A person at the other end, as stored or about to be."""

    id: UUID
    phone: str | None = field(default=None, repr=False)
    phone_key: str | None = field(default=None, repr=False)
    bsuid: str | None = field(default=None, repr=False)
    lid: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)
    consent: Consent = field(default_factory=Consent)
    last_wrote_at: datetime | None = None
    is_new: bool = False
    is_changed: bool = False


class Directory:
    """Find and make contacts; `contacts` and `merged` tell afterwards what is to be written.

    Args:
        contacts: all stored ones that the batch's numbers and aliases name.
        new_id: makes ids that rise with time.
    """

    def __init__(self, contacts: Iterable[Contact], new_id: Callable[[], UUID]) -> None:
        self._new_id = new_id
        self._by_id = {contact.id: contact for contact in contacts}
        self._by_phone = {contact.phone_key: contact for contact in self._by_id.values() if contact.phone_key}
        self._by_bsuid = {contact.bsuid: contact for contact in self._by_id.values() if contact.bsuid}
        self._by_lid = {contact.lid: contact for contact in self._by_id.values() if contact.lid}
        self._absorbed: dict[UUID, tuple[Contact, Contact]] = {}
        """Id of one that is gone → itself and who took its place, who may be gone as well by now."""

    @property
    def contacts(self) -> list[Contact]:
        """Those that are left, in the order of their ids."""
        return sorted(self._by_id.values(), key=lambda contact: contact.id)

    @property
    def merged(self) -> dict[UUID, UUID]:
        """Stored contact that is gone → survivor."""
        return {gone.id: self.final(gone).id for gone, _ in self._absorbed.values() if not gone.is_new}

    def final(self, contact: Contact) -> Contact:
        """Return who a contact turned out to be in the end."""
        while contact.id in self._absorbed:
            contact = self._absorbed[contact.id][1]
        return contact

    def see(self, sighting: Sighting, *, name: str | None = None, username: str | None = None) -> Contact:
        """Return the contact of a sighting with what it reveals noted; a new one when there is none."""
        contact = self._found(sighting) or self._made()
        self._identify(contact, sighting)
        self._note(contact, "name", name)
        self._note(contact, "username", username)
        return contact

    def change(self, old: Sighting, new: Sighting) -> Contact:
        """Return the contact that was `old` and is `new` from now on; a repetition changes nothing."""
        if (old.phone is None or old.phone_key == new.phone_key) and (old.bsuid is None or old.bsuid == new.bsuid):
            return self.see(new)
        known = self._any_of(old)
        if known is None:
            return self.see(new)
        other = self._any_of(new)
        contact = known
        if other is not None and other is not known and not _is_somebody_else(other, new):
            contact = self._merge(known, other)
        if new.phone is None and old.phone is not None:
            self._drop_phone(contact)
        self._identify(contact, new)
        return contact

    def wrote(self, contact: Contact, at: datetime) -> None:
        """Note when a contact wrote something that wants an answer."""
        if contact.last_wrote_at is None or at > contact.last_wrote_at:
            contact.last_wrote_at = at
            contact.is_changed = True

    def agree(self, contact: Contact, changes: Iterable[Change]) -> None:
        """Note what a contact wants to get, or no longer."""
        folded = consent.fold(contact.consent, changes)
        if folded != contact.consent:
            contact.consent = folded
            contact.is_changed = True

    def _found(self, sighting: Sighting) -> Contact | None:
        candidates = {id(one): one for one in (self._of_phone(sighting), self._of_alias(sighting)) if one}
        known = [KnownContact(one.id, one.phone_key, one.bsuid, one.lid) for one in candidates.values()]
        resolution = resolve(sighting, known)
        if resolution.survivor is None:
            return None
        survivor = self._by_id[resolution.survivor]
        if resolution.absorbed:
            return self._merge(survivor, self._by_id[resolution.absorbed])
        if resolution.bereft:
            self._drop_phone(self._by_id[resolution.bereft])
        return survivor

    def _any_of(self, sighting: Sighting) -> Contact | None:
        """An alias says best who somebody is; a number may have changed hands."""
        return self._of_alias(sighting) or self._of_phone(sighting)

    def _of_phone(self, sighting: Sighting) -> Contact | None:
        return self._by_phone.get(sighting.phone_key) if sighting.phone_key else None

    def _of_alias(self, sighting: Sighting) -> Contact | None:
        if sighting.bsuid:
            return self._by_bsuid.get(sighting.bsuid)
        return self._by_lid.get(sighting.lid) if sighting.lid else None

    def _made(self) -> Contact:
        contact = Contact(self._new_id(), is_new=True)
        self._by_id[contact.id] = contact
        return contact

    def _identify(self, contact: Contact, sighting: Sighting) -> None:
        """Give a contact what a sighting names; whoever had it before has it no longer."""
        key = sighting.phone_key
        if key and contact.phone_key != key:
            self._drop_phone(contact)
            self._drop_phone(self._of_phone(sighting))
            contact.phone, contact.phone_key, contact.is_changed = sighting.phone, key, True
            self._by_phone[key] = contact
        if sighting.bsuid and contact.bsuid != sighting.bsuid:
            self._drop_bsuid(contact)
            self._drop_bsuid(self._by_bsuid.get(sighting.bsuid))
            contact.bsuid, contact.is_changed = sighting.bsuid, True
            self._by_bsuid[sighting.bsuid] = contact
        if sighting.lid and contact.lid != sighting.lid:
            self._drop_lid(contact)
            self._drop_lid(self._by_lid.get(sighting.lid))
            contact.lid, contact.is_changed = sighting.lid, True
            self._by_lid[sighting.lid] = contact

    def _drop_phone(self, contact: Contact | None) -> None:
        if contact is not None and contact.phone_key is not None:
            del self._by_phone[contact.phone_key]
            contact.phone, contact.phone_key, contact.is_changed = None, None, True

    def _drop_bsuid(self, contact: Contact | None) -> None:
        if contact is not None and contact.bsuid is not None:
            del self._by_bsuid[contact.bsuid]
            contact.bsuid, contact.is_changed = None, True

    def _drop_lid(self, contact: Contact | None) -> None:
        if contact is not None and contact.lid is not None:
            del self._by_lid[contact.lid]
            contact.lid, contact.is_changed = None, True

    def _note(self, contact: Contact, attribute: str, value: str | None) -> None:
        if value is not None and getattr(contact, attribute) != value:
            setattr(contact, attribute, value)
            contact.is_changed = True

    def _merge(self, one: Contact, other: Contact) -> Contact:
        """Join two contacts: the older one's id and own facts survive, what it lacks comes from the younger one."""
        older, younger = sorted((one, other), key=lambda contact: (contact.is_new, contact.id))
        lacks = Sighting(
            younger.phone if older.phone_key is None else None,
            younger.bsuid if older.bsuid is None else None,
            younger.lid if older.lid is None else None,
        )
        self._drop_phone(younger)
        self._drop_bsuid(younger)
        self._drop_lid(younger)
        del self._by_id[younger.id]
        self._absorbed[younger.id] = younger, older
        self._identify(older, lacks)
        older.name, older.username = older.name or younger.name, older.username or younger.username
        changes = (younger.consent.marketing, younger.consent.utility)
        older.consent = consent.fold(older.consent, [change for change in changes if change])
        older.last_wrote_at = max(filter(None, (older.last_wrote_at, younger.last_wrote_at)), default=None)
        older.is_changed = True
        return older


def _is_somebody_else(contact: Contact, sighting: Sighting) -> bool:
    """A number's earlier owner has a BSUID of their own."""
    return contact.bsuid is not None and sighting.bsuid is not None and contact.bsuid != sighting.bsuid
