"""Finding the message that a path names."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from db.queries import messages
from web.api.problems import Problem

UUID_LENGTHS = (32, 36)


def as_id(reference: str) -> UUID | None:
    """Return a path's last word as one of our ids, None when it is something else."""
    if len(reference) not in UUID_LENGTHS:
        return None
    try:
        return UUID(reference)
    except ValueError:
        return None


def look_up(connection: Connection, tenant_id: UUID, reference: str) -> Row[Any] | None:
    """Return the tenant's message by our id or by wamid."""
    message_id = as_id(reference)
    if message_id is not None:
        return messages.find(connection, tenant_id, message_id)
    return None if "\0" in reference else messages.find_by_wamid(connection, tenant_id, reference)


def find_message(connection: Connection, tenant_id: UUID, reference: str) -> Row[Any]:
    """Return the tenant's message by our id or by wamid.

    Raises:
        Problem: 404.
    """
    row = look_up(connection, tenant_id, reference)
    if row is None:
        raise Problem(404, "message_not_found", "There is no such message.")
    return row
