"""Files as JSON, with a link that opens for some minutes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import Connection

from db.queries import media_files
from messaging import signed_links
from settings import Settings
from web.api.services import services

STORED = "stored"


def files_of(connection: Connection, tenant_id: UUID, message_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the files of messages as they are shown."""
    rows = media_files.of_messages(connection, tenant_id, message_ids) if message_ids else {}
    return {message_id: shown(tenant_id, row) for message_id, row in rows.items()}


def shown(tenant_id: UUID, row: Any) -> dict[str, Any]:
    """Return a file as it is shown."""
    return {
        "id": str(row.id),
        "state": row.state,
        "type": row.type,
        "mime_type": row.served_type or row.mime_type,
        "filename": row.filename,
        "size": row.size,
        "url": _link(tenant_id, row.id) if row.state == STORED else None,
        "reason": row.reason,
    }


def _link(tenant_id: UUID, file_id: UUID) -> str:
    settings: Settings = services().settings
    ends_at, signature = signed_links.sign(settings.encryption_keys, tenant_id, file_id, datetime.now(UTC))
    prefix = current_app.config.get("APPLICATION_ROOT", "/").rstrip("/")
    return f"{settings.own_url}{prefix}/media/{tenant_id}/{file_id}?ends={ends_at}&signature={signature}"
