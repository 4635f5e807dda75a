"""Those who are about to be written to: their contact, thread, window and consent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, text

from db.ids import new_id
from db.queries import contact_book, threads
from db.queries.bulk import record_source, rows_parameter
from db.queries.contact_book import CONTACT_COLUMNS, contact_of
from db.queries.threads import ThreadKey
from messaging.contact_directory import Contact
from messaging.identity import Sighting, sighting


@dataclass(slots=True, frozen=True)
class Addressee:
    """Who is about to be written to."""

    contact: Contact
    conversation_id: UUID | None
    window_closes_at: datetime | None


@dataclass(slots=True, frozen=True)
class Address:
    """A phone number in E.164, or an alias: a BSUID or digits@lid."""

    phone: str | None
    alias: str | None

    @property
    def sighting(self) -> Sighting:
        """Who is meant; the number alone when there is one."""
        return sighting(self.phone, None if self.phone else self.alias)


@dataclass(slots=True)
class _Wanted:
    position: int
    phone_key: str | None
    bsuid: str | None
    lid: str | None


_FIND = text(f"""
SELECT v.position, {CONTACT_COLUMNS}, t.id AS conversation_id, t.window_closes_at
FROM {record_source({"position": "int", "phone_key": "text", "bsuid": "text", "lid": "text"})}
CROSS JOIN LATERAL (
    SELECT * FROM contacts WHERE v.phone_key IS NOT NULL AND tenant_id = :tenant_id AND phone_key = v.phone_key
    UNION SELECT * FROM contacts WHERE v.bsuid IS NOT NULL AND tenant_id = :tenant_id AND bsuid = v.bsuid
    UNION SELECT * FROM contacts WHERE v.lid IS NOT NULL AND tenant_id = :tenant_id AND lid = v.lid
) c
LEFT JOIN LATERAL (
    SELECT id, window_closes_at FROM conversations WHERE channel_id = :channel_id AND contact_id = c.id LIMIT 1
) t ON true
""")
"""A look-up for each key that is given, then one for the thread. As plain joins with OR they went, before the first
ANALYZE of a new installation, through all contacts and for each of them through all threads."""


def find(
    connection: Connection, tenant_id: UUID, channel_id: UUID, addresses: Sequence[Address]
) -> dict[Address, Addressee]:
    """Return who is known among addresses, in one statement."""
    wanted = [
        _Wanted(position, one.phone_key, one.bsuid, one.lid)
        for position, one in enumerate(address.sighting for address in addresses)
    ]
    rows = connection.execute(_FIND, {"tenant_id": tenant_id, "channel_id": channel_id, **rows_parameter(wanted)})
    return {
        addresses[row.position]: Addressee(contact_of(row), row.conversation_id, row.window_closes_at) for row in rows
    }


def find_or_make(
    connection: Connection, tenant_id: UUID, channel_id: UUID, addresses: Sequence[Address]
) -> dict[Address, Addressee]:
    """Return who is written to, with a thread for each; two statements more for those who are written to at first.

    Raises:
        LookupError: another transaction makes the same ones at this moment and has not committed; try again.
    """
    found = find(connection, tenant_id, channel_id, addresses)
    strangers = [one for one in dict.fromkeys(addresses) if one not in found]
    if strangers:
        found |= _add(connection, tenant_id, channel_id, strangers)
    if any(one.conversation_id is None for one in found.values()):
        found = _with_threads(connection, tenant_id, channel_id, found)
    if any(one not in found or found[one].conversation_id is None for one in addresses):
        raise LookupError
    return found


def _add(
    connection: Connection, tenant_id: UUID, channel_id: UUID, strangers: Sequence[Address]
) -> dict[Address, Addressee]:
    """What was just made needs no look; what others made meanwhile, or two of them that are one person, does."""
    contacts = {one: _contact(one) for one in strangers}
    if contact_book.add(connection, [(tenant_id, one) for one in contacts.values()]):
        return {one: Addressee(contact, None, None) for one, contact in contacts.items()}
    return find(connection, tenant_id, channel_id, strangers)


def _with_threads(
    connection: Connection, tenant_id: UUID, channel_id: UUID, found: Mapping[Address, Addressee]
) -> dict[Address, Addressee]:
    """A thread that others made meanwhile may have a window."""
    keys = {
        place: ThreadKey(tenant_id, channel_id, one.contact.id, None)
        for place, one in found.items()
        if one.conversation_id is None
    }
    proposed = {key: new_id() for key in keys.values()}
    now = datetime.now(UTC)
    opened = threads.open_threads(connection, [(key, thread_id, now) for key, thread_id in proposed.items()])
    if opened != proposed:
        return find(connection, tenant_id, channel_id, list(found))
    return {**found, **{place: replace(found[place], conversation_id=proposed[key]) for place, key in keys.items()}}


def _contact(address: Address) -> Contact:
    one = address.sighting
    return Contact(id=new_id(), phone=one.phone, phone_key=one.phone_key, bsuid=one.bsuid, lid=one.lid)
