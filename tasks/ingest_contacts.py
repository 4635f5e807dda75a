"""Who wrote the messages of a batch: contacts found, made, changed and joined, in a constant number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from db.ids import new_id
from db.queries import consent as consent_queries
from db.queries import contact_book, contact_merge
from db.queries.consent import KeptChange
from db.queries.contact_merge import Merge
from db.queries.conversation_settings import ConversationRules
from messaging.consent import Act, Change, change_of_preference, changes_of_word
from messaging.contact_directory import Contact, Directory
from messaging.identity import Sighting
from messaging.service_window import opens_window
from tasks.placed_messages import MessageKey, PlacedMessage
from whatsapp.preferences import Preference

TRIES = 3
"""Two workers may meet the same new person at once; the second finds them at the next try."""


class ContactsInMotionError(Exception):
    """Others made the same contacts again and again; the batch comes again."""


@dataclass(slots=True, frozen=True)
class PlacedPreference:
    """A choice made in WhatsApp, with its tenant."""

    tenant_id: UUID
    preference: Preference

    @property
    def person(self) -> Sighting:
        """Who chose."""
        return Sighting(self.preference.phone, self.preference.bsuid)


@dataclass(slots=True)
class Writer:
    """A message's contact, and what a STOP or START word of it asks for."""

    contact: Contact
    act: Act | None = None


def write_contacts(
    connection: Connection,
    messages: Sequence[PlacedMessage],
    preferences: Sequence[PlacedPreference],
    rules: Mapping[UUID, ConversationRules],
) -> dict[MessageKey, Writer]:
    """Store what messages and choices reveal about people.

    Returns:
        channel and wamid → who wrote it or was written to; messages in groups have nobody.

    Raises:
        ContactsInMotionError: worth another try of the whole batch.
    """
    for _ in range(TRIES):
        sighted = _Sighted(connection, messages, preferences)
        sighted.note(messages, preferences, rules)
        if sighted.write(connection):
            consents = sighted.kept_changes()
            if consents:
                consent_queries.keep(connection, consents)
            return sighted.writers()
    raise ContactsInMotionError


class _Sighted:
    """One try: the directories of the tenants of a batch."""

    def __init__(
        self, connection: Connection, messages: Sequence[PlacedMessage], preferences: Sequence[PlacedPreference]
    ) -> None:
        named: dict[UUID, set[Sighting]] = defaultdict(set)
        for message in messages:
            named[message.tenant_id] |= set(_before_and_after(message)) if message.change else {message.person}
        for choice in preferences:
            named[choice.tenant_id].add(choice.person)
        stored = contact_book.lock_named(connection, named)
        self._directories = {tenant_id: Directory(stored[tenant_id], new_id) for tenant_id in named}
        self._writers: dict[MessageKey, tuple[UUID, Writer]] = {}
        self._changes: list[tuple[UUID, Contact, Change, str]] = []

    def note(
        self,
        messages: Sequence[PlacedMessage],
        preferences: Sequence[PlacedPreference],
        rules: Mapping[UUID, ConversationRules],
    ) -> None:
        for message in messages:
            if message.group_id is None:
                self._note_message(message, rules[message.tenant_id])
        for placed in preferences:
            self._note_preference(placed)

    def write(self, connection: Connection) -> bool:
        merges = [
            Merge(tenant_id, absorbed, survivor)
            for tenant_id, directory in self._directories.items()
            for absorbed, survivor in directory.merged.items()
        ]
        people = [(tenant_id, one) for tenant_id, each in self._directories.items() for one in each.contacts]
        changed = [(tenant_id, one) for tenant_id, one in people if one.is_changed and not one.is_new]
        made = [(tenant_id, one) for tenant_id, one in people if one.is_new]
        if merges:
            contact_merge.merge(connection, merges)
        if changed:
            contact_book.update(connection, changed)
        return not made or contact_book.add(connection, made)

    def writers(self) -> dict[MessageKey, Writer]:
        final = {tenant_id: directory.final for tenant_id, directory in self._directories.items()}
        return {
            key: Writer(final[tenant_id](writer.contact), writer.act)
            for key, (tenant_id, writer) in self._writers.items()
        }

    def kept_changes(self) -> list[KeptChange]:
        return [
            KeptChange(
                new_id(),
                tenant_id,
                self._directories[tenant_id].final(contact).id,
                change.category,
                change.act,
                change.at,
                source,
            )
            for tenant_id, contact, change, source in self._changes
        ]

    def _note_message(self, message: PlacedMessage, rules: ConversationRules) -> None:
        directory = self._directories[message.tenant_id]
        if message.change:
            contact = directory.change(*_before_and_after(message))
        else:
            contact = directory.see(message.person, name=message.name, username=message.username)
        act = rules.words.act_of(message.text) if message.is_from_customer and message.type == "text" else None
        if act:
            self._agree(message.tenant_id, contact, changes_of_word(act, message.at), "word")
        elif message.is_from_customer and opens_window(message.type, is_group=False):
            directory.wrote(contact, message.at)
        self._writers[message.key] = message.tenant_id, Writer(contact, act)

    def _note_preference(self, placed: PlacedPreference) -> None:
        told = placed.preference
        change = change_of_preference(told.category, told.value, told.at)
        if change:
            contact = self._directories[placed.tenant_id].see(placed.person)
            self._agree(placed.tenant_id, contact, (change,), "preference")

    def _agree(self, tenant_id: UUID, contact: Contact, changes: Sequence[Change], source: str) -> None:
        self._directories[tenant_id].agree(contact, changes)
        self._changes += [(tenant_id, contact, change, source) for change in changes]


def _before_and_after(message: PlacedMessage) -> tuple[Sighting, Sighting]:
    change = message.change
    assert change is not None, "asked only of messages that tell a change"
    return Sighting(change.old_phone, change.old_bsuid), Sighting(change.new_phone, change.new_bsuid)
