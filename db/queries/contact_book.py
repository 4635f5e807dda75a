"""The contacts that a batch names: read and locked, written back, joined. Set-based throughout."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.queries.bulk import record_source, rows_parameter
from messaging.consent import Act, Category, Change, Consent
from messaging.contact_directory import Contact
from messaging.identity import Sighting

CONTACT_COLUMNS = """
c.id, c.phone, c.phone_key, c.bsuid, c.lid, c.name, c.username, c.marketing_act, c.marketing_at, c.utility_act,
c.utility_at, c.last_wrote_at
"""


@dataclass(slots=True)
class _Wanted:
    tenant_id: UUID
    phone_key: str | None
    bsuid: str | None
    lid: str | None


_LOCK = text(f"""
WITH v AS (
    SELECT * FROM {record_source({"tenant_id": "uuid", "phone_key": "text", "bsuid": "text", "lid": "text"})}
), found AS (
    SELECT c.id FROM v JOIN contacts c ON c.tenant_id = v.tenant_id AND c.phone_key = v.phone_key
    UNION
    SELECT c.id FROM v JOIN contacts c ON c.tenant_id = v.tenant_id AND c.bsuid = v.bsuid
    UNION
    SELECT c.id FROM v JOIN contacts c ON c.tenant_id = v.tenant_id AND c.lid = v.lid
)
SELECT c.tenant_id, {CONTACT_COLUMNS} FROM contacts c WHERE c.id IN (SELECT id FROM found)
ORDER BY c.id FOR NO KEY UPDATE OF c
""")


def lock_named(connection: Connection, sightings: Mapping[UUID, Collection[Sighting]]) -> dict[UUID, list[Contact]]:
    """Return the contacts that have any of the numbers and aliases, per tenant; locked, in the order of their ids.

    Args:
        connection: in a transaction.
        sightings: per tenant, all that a batch names, also who somebody was before.
    """
    wanted = [
        _Wanted(tenant_id, sighting.phone_key, sighting.bsuid, sighting.lid)
        for tenant_id, named in sightings.items()
        for sighting in named
    ]
    contacts: dict[UUID, list[Contact]] = {tenant_id: [] for tenant_id in sightings}
    for row in connection.execute(_LOCK, rows_parameter(wanted)):
        contacts[row.tenant_id].append(contact_of(row))
    return contacts


def contact_of(row: Row[Any]) -> Contact:
    """Return the contact of a row with CONTACT_COLUMNS."""
    return Contact(
        id=row.id,
        phone=row.phone,
        phone_key=row.phone_key,
        bsuid=row.bsuid,
        lid=row.lid,
        name=row.name,
        username=row.username,
        consent=Consent(
            _change("marketing", row.marketing_act, row.marketing_at),
            _change("utility", row.utility_act, row.utility_at),
        ),
        last_wrote_at=row.last_wrote_at,
    )


def _change(category: Category, act: Act | None, at: datetime | None) -> Change | None:
    return Change(category, act, at) if act is not None and at is not None else None


@dataclass(slots=True)
class _Written:
    id: UUID
    tenant_id: UUID
    phone: str | None
    phone_key: str | None
    bsuid: str | None
    lid: str | None
    name: str | None
    username: str | None
    marketing_act: str | None
    marketing_at: datetime | None
    utility_act: str | None
    utility_at: datetime | None
    last_wrote_at: datetime | None


_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "phone": "text",
    "phone_key": "text",
    "bsuid": "text",
    "lid": "text",
    "name": "text",
    "username": "text",
    "marketing_act": "text",
    "marketing_at": "timestamptz",
    "utility_act": "text",
    "utility_at": "timestamptz",
    "last_wrote_at": "timestamptz",
}

_INSERT = text(f"""
INSERT INTO contacts ({", ".join(_COLUMNS)}) SELECT * FROM {record_source(_COLUMNS)}
ORDER BY v.tenant_id, v.phone_key, v.bsuid, v.lid ON CONFLICT DO NOTHING
""")
"""In order, so that two workers who make the same contacts never wait for each other in a circle."""

_UPDATED = [name for name in _COLUMNS if name not in ("id", "tenant_id")]
_RELEASE = text(f"""
UPDATE contacts c SET phone = NULL, phone_key = NULL, bsuid = NULL, lid = NULL
FROM {record_source({"id": "uuid", "tenant_id": "uuid", "phone_key": "text", "bsuid": "text", "lid": "text"})}
WHERE c.id = v.id AND c.tenant_id = v.tenant_id
    AND (c.phone_key, c.bsuid, c.lid) IS DISTINCT FROM (v.phone_key, v.bsuid, v.lid)
""")
"""A number that moves between two contacts is free before the other takes it."""
_UPDATE = text(f"""
UPDATE contacts c SET {", ".join(f"{name} = v.{name}" for name in _UPDATED)}, updated_at = now()
FROM {record_source(_COLUMNS)} WHERE c.id = v.id AND c.tenant_id = v.tenant_id
""")


def add(connection: Connection, contacts: Sequence[tuple[UUID, Contact]]) -> bool:
    """Store new contacts, given with their tenants; False when another transaction made one of them meanwhile."""
    return connection.execute(_INSERT, rows_parameter(_rows(contacts))).rowcount == len(contacts)


def update(connection: Connection, contacts: Sequence[tuple[UUID, Contact]]) -> None:
    """Write stored contacts, given with their tenants; all that exchange numbers among each other at once."""
    rows = rows_parameter(_rows(contacts))
    connection.execute(_RELEASE, rows)
    connection.execute(_UPDATE, rows)


def _rows(contacts: Sequence[tuple[UUID, Contact]]) -> list[_Written]:
    return [_row(tenant_id, contact) for tenant_id, contact in contacts]


def _row(tenant_id: UUID, contact: Contact) -> _Written:
    marketing, utility = contact.consent.marketing, contact.consent.utility
    return _Written(
        id=contact.id,
        tenant_id=tenant_id,
        phone=contact.phone,
        phone_key=contact.phone_key,
        bsuid=contact.bsuid,
        lid=contact.lid,
        name=contact.name,
        username=contact.username,
        marketing_act=marketing.act if marketing else None,
        marketing_at=marketing.at if marketing else None,
        utility_act=utility.act if utility else None,
        utility_at=utility.at if utility else None,
        last_wrote_at=contact.last_wrote_at,
    )


_LOCK_ONE = text(f"""
SELECT {CONTACT_COLUMNS} FROM contacts c WHERE c.tenant_id = :tenant_id AND c.id = :id FOR NO KEY UPDATE OF c
""")


def lock(connection: Connection, tenant_id: UUID, contact_id: UUID) -> Contact:
    """Return a stored contact, locked.

    Raises:
        sqlalchemy.exc.NoResultFound: there is none.
    """
    return contact_of(connection.execute(_LOCK_ONE, {"tenant_id": tenant_id, "id": contact_id}).one())
