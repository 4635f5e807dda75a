"""Addresses of tenants' own systems, with the secrets that sign what is posted there: one of each kind a tenant."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db import sealed
from db.ids import first_id_at, new_id


@dataclass(slots=True, frozen=True)
class EndpointKind:
    """What a tenant's own system is posted.

    Args:
        name: in the audit log.
        table: where the addresses stand.
        purpose: of db.sealed, what the secrets are encrypted for.
        giving_up: SQL (common table expressions) that ends what waits for the address of :tenant_id.
        columns: more than every table of addresses has; `put` knows their values.
    """

    name: str
    table: str
    purpose: str
    giving_up: str
    columns: tuple[str, ...] = ()


CALLBACK: Final = EndpointKind(
    name="callback",
    table="callback_endpoints",
    purpose=sealed.CALLBACK_SECRET,
    giving_up="""given_up AS (
    UPDATE alarms SET delivery = 'none', due_at = NULL WHERE tenant_id = :tenant_id AND delivery = 'waiting'
)""",
)
"""Takes alarms; they are kept, and posted no more, when it is removed."""

LOOKUP: Final = EndpointKind(
    name="lookup",
    table="lookup_endpoints",
    purpose=sealed.LOOKUP_SECRET,
    giving_up="""unasked AS (
    DELETE FROM contact_lookups WHERE tenant_id = :tenant_id AND state = 'waiting' AND answered_at IS NULL
), asked_again AS (
    UPDATE contact_lookups SET state = CASE WHEN answer IS NULL THEN 'unknown' ELSE 'answered' END, due_at = NULL
    WHERE tenant_id = :tenant_id AND state = 'waiting' AND answered_at IS NOT NULL
)""",
    columns=("new_from",),
)
"""Is asked who a contact is: about those met since it was set; under a new address those go on that the one before was
asked about. Answers that came stay when it is removed, questions that wait go."""


def put(connection: Connection, kind: EndpointKind, tenant_id: UUID, url: str, secret: str) -> None:
    """Set a tenant's address and the secret (encrypted) that signs what goes there."""
    columns = ("id", "tenant_id", "url", "secret", *kind.columns)
    statement = f"""
INSERT INTO {kind.table} ({", ".join(columns)}) VALUES ({", ".join(f":{column}" for column in columns)})
ON CONFLICT (tenant_id) DO UPDATE SET url = excluded.url, secret = excluded.secret, created_at = now()
"""
    values = {"id": new_id(), "tenant_id": tenant_id, "url": url, "secret": secret}
    connection.execute(text(statement), {**values, "new_from": first_id_at(datetime.now(UTC))})


def find(connection: Connection, kind: EndpointKind, tenant_id: UUID) -> Row[Any] | None:
    """Return a tenant's address, without its secret."""
    statement = f"SELECT url, created_at FROM {kind.table} WHERE tenant_id = :tenant_id"
    return connection.execute(text(statement), {"tenant_id": tenant_id}).first()


def remove(connection: Connection, kind: EndpointKind, tenant_id: UUID) -> bool:
    """Forget a tenant's address and what waits for it. False: there was none."""
    statement = f"WITH {kind.giving_up} DELETE FROM {kind.table} WHERE tenant_id = :tenant_id"
    return connection.execute(text(statement), {"tenant_id": tenant_id}).rowcount > 0
