"""The proof of what contacts want to get: every word they, or Meta for them, said about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.queries.bulk import record_source, rows_parameter


@dataclass(slots=True)
class KeptChange:
    """A change for the history; `source` word | preference | api."""

    id: UUID
    tenant_id: UUID
    contact_id: UUID
    category: str
    act: str
    at: datetime
    source: str


_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "contact_id": "uuid",
    "category": "text",
    "act": "text",
    "at": "timestamptz",
    "source": "text",
}

_KEEP = text(f"INSERT INTO consent_changes ({', '.join(_COLUMNS)}) SELECT * FROM {record_source(_COLUMNS)}")


def keep(connection: Connection, changes: Sequence[KeptChange]) -> None:
    """Write changes to the history."""
    connection.execute(_KEEP, rows_parameter(changes))


_HISTORY = text("""
SELECT category, act, at, source FROM consent_changes
WHERE tenant_id = :tenant_id AND contact_id = :contact_id ORDER BY at DESC, id DESC LIMIT :limit
""")


def history(connection: Connection, tenant_id: UUID, contact_id: UUID, limit: int = 100) -> Sequence[Row[Any]]:
    """Return a contact's changes, newest first."""
    values = {"tenant_id": tenant_id, "contact_id": contact_id, "limit": limit}
    return connection.execute(_HISTORY, values).all()
