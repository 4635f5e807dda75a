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
from whatsapp.media_references import MEDIA_TYPES

STORED = "stored"


def files_of(connection: Connection, tenant_id: UUID, message_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the files of messages as they are shown."""
    rows = media_files.of_messages(connection, tenant_id, message_ids) if message_ids else {}
    return {message_id: shown(tenant_id, row) for message_id, row in rows.items()}


def sent_files(connection: Connection, tenant_id: UUID, messages: Sequence[Any]) -> dict[UUID, dict[str, Any]]:
    """Return the uploads that messages of ours carried, as they are shown.

    Args:
        connection: to Postgres.
        tenant_id: whose.
        messages: rows of one channel.
    """
    wanted = {row.id: meta_id for row in messages if (meta_id := _sent_meta_id(row))}
    if not wanted:
        return {}
    rows = media_files.uploads(connection, tenant_id, messages[0].channel_id, sorted(set(wanted.values())))
    return {message_id: shown(tenant_id, rows[meta_id]) for message_id, meta_id in wanted.items() if meta_id in rows}


def _sent_meta_id(row: Any) -> str | None:
    if row.direction != "outbound" or row.type not in MEDIA_TYPES:
        return None
    file = row.content.get(row.type) or {}
    found: str | None = file.get("id")
    return found


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


def link_path(tenant_id: UUID, file_id: UUID) -> str:
    """Return the path that opens a file for some minutes, below the prefix under which we are reached."""
    ends_at, signature = signed_links.sign(services().settings.encryption_keys, tenant_id, file_id, datetime.now(UTC))
    return f"/media/{tenant_id}/{file_id}?ends={ends_at}&signature={signature}"


def _link(tenant_id: UUID, file_id: UUID) -> str:
    settings: Settings = services().settings
    prefix = current_app.config.get("APPLICATION_ROOT", "/").rstrip("/")
    return f"{settings.own_url}{prefix}{link_path(tenant_id, file_id)}"
