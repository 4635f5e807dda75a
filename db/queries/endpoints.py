"""Addresses of tenants' own systems, with the secrets that sign what is posted there: one of each kind a tenant."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, TextClause, text

from db import sealed
from db.ids import first_id_at, new_id


@dataclass(slots=True, frozen=True)
class EndpointKind:
    """What a tenant's own system is posted.

    Args:
        name: in the audit log.
        purpose: of db.sealed, what the secrets are encrypted for.
        setting: the statement that `put` runs.
        finding: the statement that `find` runs.
        removing: the statement that `remove` runs; it also ends what waits for the address.
    """

    name: str
    purpose: str
    setting: TextClause
    finding: TextClause
    removing: TextClause


CALLBACK: Final = EndpointKind(
    name="callback",
    purpose=sealed.CALLBACK_SECRET,
    setting=text("""
INSERT INTO callback_endpoints (id, tenant_id, url, secret) VALUES (:id, :tenant_id, :url, :secret)
ON CONFLICT (tenant_id) DO UPDATE SET url = excluded.url, secret = excluded.secret, created_at = now()
"""),
    finding=text("SELECT url, created_at FROM callback_endpoints WHERE tenant_id = :tenant_id"),
    removing=text("""
WITH given_up AS (
    UPDATE alarms SET delivery = 'none', due_at = NULL WHERE tenant_id = :tenant_id AND delivery = 'waiting'
)
DELETE FROM callback_endpoints WHERE tenant_id = :tenant_id
"""),
)
"""Takes alarms; they are kept, and posted no more, when it is removed."""

LOOKUP: Final = EndpointKind(
    name="lookup",
    purpose=sealed.LOOKUP_SECRET,
    setting=text("""
INSERT INTO lookup_endpoints (id, tenant_id, url, secret, new_from) VALUES (:id, :tenant_id, :url, :secret, :new_from)
ON CONFLICT (tenant_id) DO UPDATE SET url = excluded.url, secret = excluded.secret, created_at = now()
"""),
    finding=text("SELECT url, created_at FROM lookup_endpoints WHERE tenant_id = :tenant_id"),
    removing=text("""
WITH unasked AS (
    DELETE FROM contact_lookups WHERE tenant_id = :tenant_id AND state = 'waiting' AND answered_at IS NULL
), asked_again AS (
    UPDATE contact_lookups SET state = CASE WHEN answer IS NULL THEN 'unknown' ELSE 'answered' END, due_at = NULL
    WHERE tenant_id = :tenant_id AND state = 'waiting' AND answered_at IS NOT NULL
)
DELETE FROM lookup_endpoints WHERE tenant_id = :tenant_id
"""),
)
"""Is asked who a contact is: about those met since it was set; under a new address those go on that the one before was
asked about. Answers that came stay when it is removed, questions that wait go."""


def put(connection: Connection, kind: EndpointKind, tenant_id: UUID, url: str, secret: str) -> None:
    """Set a tenant's address and the secret (encrypted) that signs what goes there."""
    values = {"id": new_id(), "tenant_id": tenant_id, "url": url, "secret": secret}
    connection.execute(kind.setting, {**values, "new_from": first_id_at(datetime.now(UTC))})


def find(connection: Connection, kind: EndpointKind, tenant_id: UUID) -> Row[Any] | None:
    """Return a tenant's address, without its secret."""
    return connection.execute(kind.finding, {"tenant_id": tenant_id}).first()


def remove(connection: Connection, kind: EndpointKind, tenant_id: UUID) -> bool:
    """Forget a tenant's address and what waits for it. False: there was none."""
    return connection.execute(kind.removing, {"tenant_id": tenant_id}).rowcount > 0
