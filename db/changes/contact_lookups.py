"""Asking a tenant's own system about a contact once more."""

from uuid import UUID

from sqlalchemy import Connection

from db.changes import endpoints
from db.queries import contact_lookups
from db.queries.endpoints import LOOKUP


def ask_again(connection: Connection, tenant_id: UUID, contact_id: UUID) -> None:
    """Ask about a contact of the tenant anew.

    Raises:
        Refusal: no address is set.
    """
    endpoints.require(connection, LOOKUP, tenant_id)
    contact_lookups.ask_again(connection, tenant_id, contact_id)
