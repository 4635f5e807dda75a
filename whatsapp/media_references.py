"""Files that messages carry: only named in the webhook, fetched apart (Meta: Media)."""

from dataclasses import dataclass, field

from whatsapp.items import Json
from whatsapp.wire_values import json_object
from wire.values import string

MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")

MEGABYTE = 1024 * 1024

SEND_LIMITS = {
    "image": 5 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "document": 100 * MEGABYTE,
    "sticker": 500 * 1024,
}
"""Bytes that Meta takes of each type (Meta: Media)."""

RECEIVE_LIMIT = 100 * MEGABYTE
"""Of any type: people's phones send longer videos than businesses may (Meta: Media)."""

SEND_MIME_TYPES = {
    "image": ("image/jpeg", "image/png"),
    "video": ("video/mp4", "video/3gpp"),
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"),
    "document": (
        "application/pdf",
        "text/plain",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    "sticker": ("image/webp",),
}
"""Kinds of files that Meta takes of each type (Meta: Media)."""


@dataclass(slots=True, frozen=True)
class MediaReference:
    """A file of an inbound message; `sha256` in base64. Its `url` is left out: that lives five minutes."""

    type: str
    media_id: str
    mime_type: str | None
    sha256: str | None
    filename: str | None = field(repr=False)


def media_reference(message: Json) -> MediaReference | None:
    """Return the file that a message carries, None for one without (also one that Meta says is not downloadable)."""
    kind = message.get("type")
    if kind == "edit":
        return media_reference(json_object((json_object(message.get("edit")) or {}).get("message")) or {})
    if not isinstance(kind, str) or kind not in MEDIA_TYPES:
        return None
    file = json_object(message.get(kind)) or {}
    media_id = string(file.get("id"))
    if media_id is None:
        return None
    return MediaReference(
        type=kind,
        media_id=media_id,
        mime_type=string(file.get("mime_type")),
        sha256=string(file.get("sha256")),
        filename=string(file.get("filename")),
    )


def type_for(mime_type: str) -> str | None:
    """Return the message type that may carry a file of a MIME type when it is sent, None when none may."""
    bare = mime_type.partition(";")[0].strip().lower()
    return next((kind for kind, mime_types in SEND_MIME_TYPES.items() if bare in mime_types), None)
