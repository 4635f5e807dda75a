"""Where tenants' own systems are asked who a contact is: one address each."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ids import first_id_at, new_id

_SET = text("""
INSERT INTO lookup_endpoints (id, tenant_id, url, secret, new_from) VALUES (:id, :tenant_id, :url, :secret, :new_from)
ON CONFLICT (tenant_id) DO UPDATE SET url = excluded.url, secret = excluded.secret, created_at = now()
""")


def put(connection: Connection, tenant_id: UUID, url: str, secret: str) -> None:
    """Set a tenant's address and the secret (encrypted) that signs what goes there.

    It is asked about contacts that are met from now on; under a new address those go on that the one before was asked
    about.
    """
    values = {"id": new_id(), "tenant_id": tenant_id, "url": url, "secret": secret}
    connection.execute(_SET, {**values, "new_from": first_id_at(datetime.now(UTC))})


_FIND = text("SELECT url, created_at FROM lookup_endpoints WHERE tenant_id = :tenant_id")


def find(connection: Connection, tenant_id: UUID) -> Row[Any] | None:
    """Return a tenant's address, without its secret."""
    return connection.execute(_FIND, {"tenant_id": tenant_id}).first()


_REMOVE = text("""
WITH unasked AS (
    DELETE FROM contact_lookups WHERE tenant_id = :tenant_id AND state = 'waiting' AND answered_at IS NULL
), asked_again AS (
    UPDATE contact_lookups SET state = CASE WHEN answer IS NULL THEN 'unknown' ELSE 'answered' END, due_at = NULL
    WHERE tenant_id = :tenant_id AND state = 'waiting' AND answered_at IS NOT NULL
)
DELETE FROM lookup_endpoints WHERE tenant_id = :tenant_id
""")


def remove(connection: Connection, tenant_id: UUID) -> bool:
    """Forget a tenant's address; answers that came stay, questions that wait go. False: there was none."""
    return connection.execute(_REMOVE, {"tenant_id": tenant_id}).rowcount > 0
