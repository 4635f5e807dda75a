"""The change that is being read, and how an item finds its contact in it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from whatsapp.items import Item, Json, Origin
from whatsapp.wire_values import timestamp
from wire.values import NotReadableError

PERSON_KEYS = (
    "from",
    "from_user_id",
    "recipient_id",
    "recipient_user_id",
    "recipient_participant_id",
    "recipient_participant_user_id",
    "wa_id",
    "user_id",
    "to",
    "to_user_id",
)
"""Where the objects of Meta's lists name the person whose contact may stand beside them."""


@dataclass(slots=True)
class Change:
    """One change of an entry."""

    field: str
    waba_id: str | None
    phone_number_id: str | None
    entry_time: object
    origin: Origin
    contacts: dict[str, Json]

    def contact_of(self, part: Json) -> Json | None:
        """Return the contact of the person an object names."""
        for key in PERSON_KEYS if self.contacts else ():
            person = part.get(key)
            if isinstance(person, str) and person in self.contacts:
                return self.contacts[person]
        return None

    def entry_at(self) -> datetime | None:
        """Return the time of the entry, which account and template events have."""
        try:
            return timestamp(self.entry_time)
        except NotReadableError:
            return None


Reader = Callable[[Json, Change, str], Item]
"""Reads one object of a list: (the object, its change, the list's name). Raises NotReadableError."""


def contacts_by_person(contacts: object) -> dict[str, Json]:
    """Index a value's contacts by phone and BSUID: searching a thousand for a thousand is a million steps."""
    index: dict[str, Json] = {}
    for contact in contacts if isinstance(contacts, list) else ():
        for person in _persons(contact) if isinstance(contact, dict) else ():
            index.setdefault(person, contact)
    return index


def _persons(contact: Json) -> Iterable[str]:
    return (person for key in ("wa_id", "user_id") if isinstance(person := contact.get(key), str) and person)
