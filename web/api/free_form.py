"""From what is asked to what Meta is sent, for all that may be answered within the window besides a text."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from db.queries import media_files, messages
from messaging.violations import Violation
from web.api.message_lookup import as_id
from web.api.schemas.free_form import CAPTIONED, MEDIA, FileToSend
from web.api.schemas.messages import MessageRequest
from web.api.services import services
from whatsapp import outgoing_contents


def free_form_content(tenant_id: UUID, channel_id: UUID, asked: MessageRequest) -> dict[str, Any]:
    """Return the content of a message that is neither template nor text.

    Raises:
        Violation: a file or message that is named is not there, or does not fit; `at` says where.
    """
    for kind in MEDIA:
        file = getattr(asked, kind)
        if file is not None:
            return _file(tenant_id, channel_id, kind, file)
    if asked.location is not None:
        place = asked.location
        return outgoing_contents.location(place.latitude, place.longitude, name=place.name, address=place.address)
    if asked.reaction is not None:
        wamid = wamid_of(tenant_id, asked.reaction.message_id, "reaction/message_id")
        return outgoing_contents.reaction(wamid, asked.reaction.emoji)
    return _interactive(asked)


def shown_text(asked: MessageRequest) -> str | None:
    """Return what a person would read of it in a list."""
    for kind in CAPTIONED:
        file = getattr(asked, kind)
        if file is not None:
            caption: str | None = file.caption
            return caption
    framed = asked.buttons or asked.list or asked.link_button
    if framed is not None:
        return framed.body
    return asked.reaction.emoji or None if asked.reaction else None


def about_wamid(tenant_id: UUID, asked: MessageRequest) -> str | None:
    """Return the message that this one answers, or reacts to.

    Raises:
        Violation: it is not there.
    """
    if asked.reaction is not None:
        return wamid_of(tenant_id, asked.reaction.message_id, "reaction/message_id")
    return wamid_of(tenant_id, asked.reply_to, "reply_to") if asked.reply_to else None


def wamid_of(tenant_id: UUID, reference: str, at: str) -> str:
    """Return Meta's id of a message that is named by ours or by Meta's.

    Raises:
        Violation: there is none, or Meta has not accepted it yet.
    """
    message_id = as_id(reference)
    with services().database.connect() as connection:
        if message_id is not None:
            row = messages.find(connection, tenant_id, message_id)
        else:
            row = messages.find_by_wamid(connection, tenant_id, reference)
    if row is None:
        raise Violation("there is no such message", at)
    if row.wamid is None:
        raise Violation("Meta has not accepted this message yet", at)
    wamid: str = row.wamid
    return wamid


def _interactive(asked: MessageRequest) -> dict[str, Any]:
    if asked.buttons is not None:
        replies = [(button.id, button.title) for button in asked.buttons.buttons]
        return outgoing_contents.buttons(asked.buttons.frame(), replies)
    if asked.list is not None:
        sections = [
            outgoing_contents.Section(
                section.title, [outgoing_contents.Row(row.id, row.title, row.description) for row in section.rows]
            )
            for section in asked.list.sections
        ]
        return outgoing_contents.choices(asked.list.frame(), asked.list.button, sections)
    assert asked.link_button is not None, "the request names exactly one content"
    return outgoing_contents.link_button(asked.link_button.frame(), asked.link_button.title, asked.link_button.url)


def _file(tenant_id: UUID, channel_id: UUID, kind: str, file: FileToSend) -> dict[str, Any]:
    if file.caption is not None and kind not in CAPTIONED:
        raise Violation(f"a file of the type {kind} has no caption", f"{kind}/caption")
    if file.filename is not None and kind != "document":
        raise Violation("only a document has a file name", f"{kind}/filename")
    if file.voice and kind != "audio":
        raise Violation("only an audio is a voice message", f"{kind}/voice")
    media_id = _meta_id(tenant_id, channel_id, kind, file.media_id) if file.media_id else None
    return outgoing_contents.media(
        kind,
        media_id=media_id,
        link=file.link,
        caption=file.caption,
        filename=file.filename,
        voice=file.voice,
    )


def _meta_id(tenant_id: UUID, channel_id: UUID, kind: str, reference: str) -> str:
    file_id, at = as_id(reference), f"{kind}/media_id"
    with services().database.connect() as connection:
        row = media_files.find(connection, tenant_id, file_id) if file_id else None
    if row is None or row.message_id is not None or row.channel_id != channel_id:
        raise Violation("there is no such upload; upload the file with POST /v1/media", at)
    if row.type != kind:
        raise Violation(f"the file is of the type {row.type}", at)
    if row.meta_id_expires_at <= datetime.now(UTC):
        raise Violation("Meta keeps uploads for 30 days; upload the file again", at)
    meta_id: str = row.meta_id
    return meta_id
