"""Files: put on the queue, claimed, stored or given up, found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.queries.app_secrets import OWN_APP_SECRET
from db.queries.bulk import record_source, rows_parameter
from db.queries.gateway_sources import NUMBER_PREFIX


@dataclass(slots=True)
class AwaitedFile:
    """A file of a message that is to be fetched."""

    id: UUID
    tenant_id: UUID
    channel_id: UUID
    message_id: UUID
    type: str
    meta_id: str
    mime_type: str | None
    sha256: str | None
    filename: str | None


_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "channel_id": "uuid",
    "message_id": "uuid",
    "type": "text",
    "meta_id": "text",
    "mime_type": "text",
    "sha256": "text",
    "filename": "text",
}

_AWAIT = text(f"""
INSERT INTO media_files ({", ".join(_COLUMNS)}, state, due_at)
SELECT v.*, 'waiting', now() FROM {record_source(_COLUMNS)}
""")


def await_files(connection: Connection, files: Sequence[AwaitedFile]) -> None:
    """Put files on the queue, in the transaction that stores their messages."""
    connection.execute(_AWAIT, rows_parameter(files))


_HAS_DUE = text("SELECT EXISTS (SELECT FROM media_files WHERE state = 'waiting' AND due_at <= now())")


def has_due(connection: Connection) -> bool:
    """Tell whether any file waits to be fetched now."""
    return bool(connection.execute(_HAS_DUE).scalar_one())


@dataclass(slots=True, frozen=True)
class ClaimedFile:
    """A file to fetch, with what its channel is called by."""

    id: UUID
    tenant_id: UUID
    message_id: UUID | None
    type: str
    meta_id: str
    mime_type: str | None
    sha256: str | None
    attempts: int
    channel_id: UUID
    is_gateway: bool
    access_token: str | None = field(repr=False)
    app_secret: str | None = field(repr=False)


_CLAIM = text(f"""
WITH due AS (
    SELECT id FROM media_files WHERE state = 'waiting' AND due_at <= now()
    ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE media_files f SET attempts = f.attempts + 1, due_at = now() + :lease
FROM due, channels c WHERE f.id = due.id AND c.id = f.channel_id
RETURNING f.id, f.tenant_id, f.message_id, f.type, f.meta_id, f.mime_type, f.sha256, f.attempts, f.channel_id,
    starts_with(c.phone_number_id, '{NUMBER_PREFIX}'), c.access_token, {OWN_APP_SECRET}
""")


def claim(connection: Connection, *, limit: int, lease: timedelta) -> list[ClaimedFile]:
    """Claim files that are due; who vanishes leaves them to others after the lease."""
    return [ClaimedFile(*row) for row in connection.execute(_CLAIM, {"limit": limit, "lease": lease})]


_STORE = text("""
UPDATE media_files SET state = 'stored', path = :path, sha256 = :sha256, size = :size, served_type = :served_type,
    mime_type = coalesce(mime_type, :mime_type), filename = coalesce(filename, :filename),
    stored_at = now(), due_at = NULL, reason = NULL
WHERE id = :id AND state = 'waiting'
RETURNING (SELECT m.conversation_id FROM messages m WHERE m.id = message_id) AS conversation_id
""")


def store(
    connection: Connection,
    file_id: UUID,
    *,
    path: str,
    sha256: str,
    size: int,
    served_type: str,
    mime_type: str | None,
    filename: str | None,
) -> UUID | None:
    """Note that a file lies under a path; return the conversation of its message."""
    values = {
        "id": file_id,
        "path": path,
        "sha256": sha256,
        "size": size,
        "served_type": served_type,
        "mime_type": mime_type,
        "filename": filename,
    }
    conversation_id: UUID | None = connection.execute(_STORE, values).scalar_one_or_none()
    return conversation_id


_POSTPONE = text(
    "UPDATE media_files SET due_at = now() + :delay, reason = :reason WHERE id = :id AND state = 'waiting'"
)
_FAIL = text("""
UPDATE media_files SET state = 'failed', due_at = NULL, reason = :reason WHERE id = :id AND state = 'waiting'
""")


def postpone(connection: Connection, file_id: UUID, *, delay: timedelta, reason: str) -> None:
    """Let a file be tried again later."""
    connection.execute(_POSTPONE, {"id": file_id, "delay": delay, "reason": reason})


def fail(connection: Connection, file_id: UUID, reason: str) -> None:
    """Give a file up; its message stays."""
    connection.execute(_FAIL, {"id": file_id, "reason": reason})


_SHOWN = """
f.id, f.message_id, f.state, f.type, f.mime_type, f.served_type, f.filename, f.sha256, f.size, f.path, f.reason,
f.meta_id, f.meta_id_expires_at, f.channel_id, f.created_at, f.stored_at
"""
_FIND = text(f"SELECT {_SHOWN} FROM media_files f WHERE f.tenant_id = :tenant_id AND f.id = :id")
_OF_MESSAGES = text(f"""
SELECT {_SHOWN} FROM media_files f WHERE f.tenant_id = :tenant_id AND f.message_id = ANY(:ids) ORDER BY f.id
""")


def find(connection: Connection, tenant_id: UUID, file_id: UUID) -> Row[Any] | None:
    """Return a file of the tenant."""
    return connection.execute(_FIND, {"tenant_id": tenant_id, "id": file_id}).first()


def of_messages(connection: Connection, tenant_id: UUID, message_ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """Return the files of messages."""
    rows = connection.execute(_OF_MESSAGES, {"tenant_id": tenant_id, "ids": list(message_ids)})
    return {row.message_id: row for row in rows}


_UPLOADS = text(f"""
SELECT {_SHOWN} FROM media_files f
WHERE f.tenant_id = :tenant_id AND f.state = 'stored' AND f.channel_id = :channel_id AND f.message_id IS NULL
    AND f.meta_id = ANY(:meta_ids)
""")


def uploads(connection: Connection, tenant_id: UUID, channel_id: UUID, meta_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Return the files that were uploaded to be sent, by Meta's ids."""
    values = {"tenant_id": tenant_id, "channel_id": channel_id, "meta_ids": list(meta_ids)}
    return {row.meta_id: row for row in connection.execute(_UPLOADS, values)}


@dataclass(slots=True)
class UploadedFile:
    """A file that was given to be sent, and is at Meta."""

    id: UUID
    tenant_id: UUID
    channel_id: UUID
    type: str
    meta_id: str
    meta_id_expires_at: datetime
    mime_type: str
    served_type: str
    filename: str | None
    sha256: str
    size: int
    path: str


_UPLOADED_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "channel_id": "uuid",
    "type": "text",
    "meta_id": "text",
    "meta_id_expires_at": "timestamptz",
    "mime_type": "text",
    "served_type": "text",
    "filename": "text",
    "sha256": "text",
    "size": "bigint",
    "path": "text",
}
_ADD_UPLOADED = text(f"""
INSERT INTO media_files ({", ".join(_UPLOADED_COLUMNS)}, state, stored_at)
SELECT v.*, 'stored', now() FROM {record_source(_UPLOADED_COLUMNS)}
""")


def add_uploaded(connection: Connection, file: UploadedFile) -> None:
    """Keep a file that was uploaded to Meta."""
    connection.execute(_ADD_UPLOADED, rows_parameter([file]))


_REUSABLE = text(f"""
SELECT {_SHOWN} FROM media_files f
WHERE f.tenant_id = :tenant_id AND f.channel_id = :channel_id AND f.sha256 = :sha256 AND f.mime_type = :mime_type
    AND f.message_id IS NULL AND f.state = 'stored' AND f.meta_id_expires_at > now() + interval '1 day'
ORDER BY f.meta_id_expires_at DESC LIMIT 1
""")


def reusable(connection: Connection, tenant_id: UUID, channel_id: UUID, sha256: str, mime_type: str) -> Row[Any] | None:
    """Return an earlier upload of the same bytes whose id at Meta lives for another day at least."""
    values = {"tenant_id": tenant_id, "channel_id": channel_id, "sha256": sha256, "mime_type": mime_type}
    return connection.execute(_REUSABLE, values).first()


_OUTLIVED = text("""
WITH old AS (
    SELECT f.id FROM media_files f JOIN conversation_settings s ON s.tenant_id = f.tenant_id
    WHERE f.state = 'stored' AND f.stored_at < now() - make_interval(days => s.media_days)
    ORDER BY f.id LIMIT :limit FOR UPDATE OF f SKIP LOCKED
)
UPDATE media_files f SET state = 'deleted', filename = NULL, meta_id = NULL FROM old WHERE f.id = old.id
RETURNING f.path
""")


def take_outlived(connection: Connection, limit: int = 500) -> list[str]:
    """Call files whose time is over deleted; return their paths, which are to be taken away."""
    return list(connection.execute(_OUTLIVED, {"limit": limit}).scalars())
