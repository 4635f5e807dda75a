"""Files that are to be sent: checked, brought to Meta once, and kept."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from db.ids import new_id
from db.queries import channel_credentials, media_files
from db.queries.media_files import UploadedFile
from messaging.file_types import HEAD_BYTES, bare, served_type
from tasks.graph_clients import graph_client
from tasks.media_storage import media_storage, path_of
from web.api.problems import Fault, Problem, invalid
from web.api.services import services
from whatsapp.graph import GraphFailure
from whatsapp.media_references import SEND_LIMITS, type_for

KEPT_BY_META: Final = timedelta(days=30)
LARGEST_FORM: Final = SEND_LIMITS["document"] + 1_000_000
"""Bytes of a form with the largest file."""


def uploaded(tenant_id: UUID, content: bytes, told: str, filename: str | None, channel_id: UUID | None = None) -> Any:
    """Upload a file to Meta and keep it; return its row. What Meta has already is not uploaded again.

    Args:
        tenant_id: whose file.
        content: its bytes.
        told: its type, as whoever gives it says.
        filename: as it is shown to the customer.
        channel_id: the number that will send it; None: the tenant's first.

    Raises:
        Problem: WhatsApp carries no such file, no number of Meta's is connected, or Meta did not take it.
    """
    kind = _checked_type(content, told)
    with services().database.connect() as connection:
        channel = _channel(connection, tenant_id, channel_id)
        digest = hashlib.sha256(content).hexdigest()
        earlier = media_files.reusable(connection, tenant_id, channel.id, digest, bare(told))
    if earlier is not None:
        return earlier
    file = UploadedFile(
        id=new_id(),
        tenant_id=tenant_id,
        channel_id=channel.id,
        type=kind,
        meta_id=_at_meta(channel, content, bare(told), filename or "file"),
        meta_id_expires_at=datetime.now(UTC) + KEPT_BY_META,
        mime_type=bare(told),
        served_type=served_type(content[:HEAD_BYTES], told),
        filename=filename,
        sha256=digest,
        size=len(content),
        path="",
    )
    file.path = path_of(tenant_id, file.id)
    with media_storage().writing(file.path) as into:
        into.write(content)
    with services().database.transaction() as connection:
        media_files.add_uploaded(connection, file)
        return media_files.find(connection, tenant_id, file.id)


def _checked_type(content: bytes, told: str) -> str:
    kind = type_for(told)
    if kind is None:
        raise invalid(Fault("/file", f"WhatsApp carries no files of the type {bare(told) or 'unknown'}"))
    if not content or len(content) > SEND_LIMITS[kind]:
        raise invalid(Fault("/file", f"a file of this type has from 1 to {SEND_LIMITS[kind]} bytes"))
    found = served_type(content[:HEAD_BYTES], told)
    if type_for(found) != kind:
        raise invalid(Fault("/file", f"the file is not what its type says: its bytes are of the type {found}"))
    return kind


def _channel(connection: Connection, tenant_id: UUID, channel_id: UUID | None) -> Any:
    if channel_id is None:
        channel = channel_credentials.find_first(connection, tenant_id)
    else:
        channel = channel_credentials.find(connection, tenant_id, channel_id)
    if channel is None:
        raise Problem(409, "channel_missing", "No WhatsApp number is connected; connect one in the settings.")
    return channel


def _at_meta(channel: Any, content: bytes, mime_type: str, filename: str) -> str:
    try:
        client = graph_client(channel.access_token, channel.app_secret)
        return client.upload_media(channel.phone_number_id, content, mime_type, filename)
    except GraphFailure as failure:
        raise Problem(502, "upload_failed", "Meta did not take the file; try again.") from failure
