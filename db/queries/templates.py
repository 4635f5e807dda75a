"""Templates as Meta last told them, and which of them carries which document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ids import new_id
from db.queries.bulk import record_source, rows_parameter
from messaging.parameters import DocumentTemplate


@dataclass(slots=True, frozen=True)
class KnownTemplate:
    """A template of a channel's WABA."""

    name: str
    language: str
    status: str
    definition: dict[str, Any]


_KNOWN = text("SELECT name, language, status, definition FROM templates WHERE channel_id = :channel_id")


def known_templates(connection: Connection, channel_id: UUID) -> dict[tuple[str, str], KnownTemplate]:
    """Return a channel's templates by name and language; empty when they were never synchronised."""
    rows = connection.execute(_KNOWN, {"channel_id": channel_id})
    return {(row.name, row.language): KnownTemplate(*row) for row in rows}


_FOR_DOCUMENTS = text("""
SELECT kind, step, name, language, parameters FROM document_templates WHERE tenant_id = :tenant_id
""")


def document_templates(connection: Connection, tenant_id: UUID) -> Mapping[tuple[str, str], DocumentTemplate]:
    """Return a tenant's templates by document kind and step."""
    rows = connection.execute(_FOR_DOCUMENTS, {"tenant_id": tenant_id})
    return {(row.kind, row.step): DocumentTemplate(row.name, row.language, tuple(row.parameters)) for row in rows}


_MAP = text("""
INSERT INTO document_templates (id, tenant_id, kind, step, name, language, parameters)
VALUES (:id, :tenant_id, :kind, :step, :name, :language, :parameters)
ON CONFLICT (tenant_id, kind, step) DO UPDATE SET
    name = EXCLUDED.name, language = EXCLUDED.language, parameters = EXCLUDED.parameters
""")


def map_document(connection: Connection, tenant_id: UUID, kind: str, step: str, template: DocumentTemplate) -> None:
    """Let a template carry a tenant's documents of a kind and step."""
    values = {"name": template.name, "language": template.language, "parameters": list(template.order)}
    connection.execute(_MAP, {"id": new_id(), "tenant_id": tenant_id, "kind": kind, "step": step, **values})


_LIST = text("""
SELECT t.name, t.language, t.status, t.category, t.definition, t.synced_at, t.channel_id,
    coalesce(c.name, c.display_phone_number, c.phone_number_id) AS channel_name,
    h.reason AS hold_reason
FROM templates t JOIN channels c ON c.id = t.channel_id
LEFT JOIN template_holds h ON h.channel_id = t.channel_id AND h.name = t.name AND h.language = t.language
WHERE t.tenant_id = :tenant_id AND c.disconnected_at IS NULL ORDER BY t.name, t.language, t.channel_id
""")


def list_shown(connection: Connection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Return the templates of a tenant's connected channels; Meta lets an account have some hundreds."""
    return connection.execute(_LIST, {"tenant_id": tenant_id}).all()


_REPLACED_COLUMNS = {
    "id": "uuid",
    "name": "text",
    "language": "text",
    "status": "text",
    "category": "text",
    "definition": "jsonb",
}
_REPLACE = text(f"""
WITH told AS (
    INSERT INTO templates (tenant_id, channel_id, {", ".join(_REPLACED_COLUMNS)}, synced_at)
    SELECT :tenant_id, :channel_id, v.*, now() FROM {record_source(_REPLACED_COLUMNS)}
    ON CONFLICT (channel_id, name, language) DO UPDATE SET
        status = EXCLUDED.status, category = EXCLUDED.category, definition = EXCLUDED.definition, synced_at = now()
    RETURNING name, language
)
DELETE FROM templates t WHERE t.channel_id = :channel_id
    AND NOT EXISTS (SELECT FROM told WHERE told.name = t.name AND told.language = t.language)
""")


def replace_all(
    connection: Connection, tenant_id: UUID, channel_id: UUID, definitions: Sequence[dict[str, Any]]
) -> None:
    """Keep a channel's templates as Meta tells them now; those it no longer tells are forgotten.

    One that stands on two pages is kept as the later page tells it; NULs, which Postgres does not store, are dropped.
    """
    told = (_without_nul(one) for one in definitions)
    rows = {
        (one["name"], one["language"]): {
            "id": new_id(),
            "name": one["name"],
            "language": one["language"],
            "status": one.get("status") or "UNKNOWN",
            "category": one.get("category"),
            "definition": one,
        }
        for one in told
        if isinstance(one.get("name"), str) and isinstance(one.get("language"), str)
    }
    connection.execute(
        _REPLACE, {"tenant_id": tenant_id, "channel_id": channel_id, **rows_parameter(list(rows.values()))}
    )


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(member) for member in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(member) for name, member in value.items()}
    return value
