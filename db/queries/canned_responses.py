"""Texts that people send often."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ids import new_id

_COLUMNS = "id, shortcut, text, created_at, updated_at"

_LIST = text(f"SELECT {_COLUMNS} FROM canned_responses WHERE tenant_id = :tenant_id ORDER BY shortcut LIMIT 1000")
_PUT = text(f"""
INSERT INTO canned_responses (id, tenant_id, shortcut, text) VALUES (:id, :tenant_id, :shortcut, :text)
ON CONFLICT (tenant_id, shortcut) DO UPDATE SET text = EXCLUDED.text, updated_at = now() RETURNING {_COLUMNS}
""")
_REMOVE = text("DELETE FROM canned_responses WHERE tenant_id = :tenant_id AND id = :id")


def list_all(connection: Connection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Return the texts of a tenant by their shortcuts."""
    return connection.execute(_LIST, {"tenant_id": tenant_id}).all()


def put(connection: Connection, tenant_id: UUID, shortcut: str, words: str) -> Row[Any]:
    """Store a text under its shortcut, in place of the one before."""
    values = {"id": new_id(), "tenant_id": tenant_id, "shortcut": shortcut, "text": words}
    return connection.execute(_PUT, values).one()


def remove(connection: Connection, tenant_id: UUID, response_id: UUID) -> bool:
    """Remove a text; False when there is none."""
    return connection.execute(_REMOVE, {"tenant_id": tenant_id, "id": response_id}).rowcount > 0
