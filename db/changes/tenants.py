"""Making tenants."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from db.changes.refusal import NotFoundError, Refusal
from db.queries import audit, tenants
from messaging.people import check_slug


def create(connection: Connection, slug: str, name: str, *, actor: str) -> UUID:
    """Make a tenant and return its id.

    Raises:
        Violation: the slug is malformed.
        Refusal: it is taken.
    """
    tenant_id = tenants.add(connection, check_slug(slug), name)
    if tenant_id is None:
        raise Refusal("tenant_exists", f'There is a tenant "{slug}" already.')
    audit.write(connection, tenant_id, actor=actor, action="tenant.created", target=str(tenant_id), slug=slug)
    return tenant_id


def allow_sessions(connection: Connection, slug: str, allowed: int | None, *, actor: str) -> None:
    """Set how many gateway sessions a tenant may register; None: any number. Those that are there stay.

    Raises:
        NotFoundError: there is no such tenant.
    """
    tenant = named(connection, slug)
    tenants.allow_sessions(connection, tenant.id, allowed)
    audit.write(
        connection, tenant.id, actor=actor, action="tenant.sessions_allowed", target=str(tenant.id), allowed=allowed
    )


def named(connection: Connection, slug: str) -> Row[Any]:
    """Return the tenant with this slug.

    Raises:
        NotFoundError: there is none.
    """
    found = tenants.find(connection, slug)
    if found is None:
        raise NotFoundError("tenant_not_found", f'There is no tenant "{slug}".')
    return found
