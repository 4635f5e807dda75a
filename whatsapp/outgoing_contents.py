"""Contents that are no templates: allowed for 24 hours after the customer wrote (Meta: Service messages).

Each is {"type": T, T: {…}}, as it is kept of a message; `outgoing.addressed` adds the addressee.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from whatsapp.items import Json

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
INTERACTIVE_BODY_LIMIT = 1024
HEADER_LIMIT = 60
FOOTER_LIMIT = 60
MOST_BUTTONS = 3
BUTTON_TITLE_LIMIT = 20
BUTTON_ID_LIMIT = 256
MOST_ROWS = 10
ROW_ID_LIMIT = 200
ROW_TITLE_LIMIT = 24
ROW_DESCRIPTION_LIMIT = 72
"""Characters, and counts (Meta: Interactive messages). Rows count over all sections."""


@dataclass(slots=True, frozen=True)
class Frame:
    """What stands around an interactive message's buttons; `header` is a text."""

    body: str
    header: str | None = None
    footer: str | None = None


@dataclass(slots=True, frozen=True)
class Row:
    """One row of a list."""

    id: str
    title: str
    description: str | None = None


@dataclass(slots=True, frozen=True)
class Section:
    """Rows below a title, which is needed as soon as there are two sections."""

    title: str | None
    rows: Sequence[Row]


def text(body: str, *, preview_url: bool = False) -> Json:
    """Return a text."""
    return {"type": "text", "text": {"body": body, "preview_url": preview_url}}


def media(
    kind: str,
    *,
    media_id: str | None = None,
    link: str | None = None,
    caption: str | None = None,
    filename: str | None = None,
    voice: bool = False,
) -> Json:
    """Return a file.

    Args:
        kind: image | video | audio | document | sticker.
        media_id: of an upload; or
        link: from where Meta fetches it, and keeps it for ten minutes by its exact address.
        caption: below it; audio and stickers have none.
        filename: shown with a document.
        voice: an audio is shown as a voice message.
    """
    source = {"id": media_id} if media_id else {"link": link}
    more = {"caption": caption, "filename": filename, "voice": voice or None}
    return {"type": kind, kind: {**source, **{name: value for name, value in more.items() if value}}}


def location(latitude: float, longitude: float, *, name: str | None = None, address: str | None = None) -> Json:
    """Return a place; degrees."""
    place = {"latitude": latitude, "longitude": longitude, "name": name, "address": address}
    return {"type": "location", "location": {key: value for key, value in place.items() if value is not None}}


def reaction(wamid: str, emoji: str) -> Json:
    """Return a reaction to a message; an empty emoji takes it back."""
    return {"type": "reaction", "reaction": {"message_id": wamid, "emoji": emoji}}


def buttons(frame: Frame, replies: Sequence[tuple[str, str]]) -> Json:
    """Return a message with up to three reply buttons.

    Args:
        frame: what stands around them.
        replies: (id, title) of each; the id comes back with the answer.
    """
    made = [{"type": "reply", "reply": {"id": reply_id, "title": title}} for reply_id, title in replies]
    return _interactive("button", frame, {"buttons": made})


def choices(frame: Frame, button: str, sections: Sequence[Section]) -> Json:
    """Return a message with a list of choices behind a button."""
    return _interactive("list", frame, {"button": button, "sections": [_section(one) for one in sections]})


def link_button(frame: Frame, title: str, url: str) -> Json:
    """Return a message with a button that opens a link."""
    return _interactive("cta_url", frame, {"name": "cta_url", "parameters": {"display_text": title, "url": url}})


def read_mark(wamid: str, *, typing: bool = False) -> Json:
    """Return the request that marks a customer's message, and all before it, as read.

    Args:
        wamid: of the customer's message.
        typing: also show that an answer is being written, for 25 seconds at most.
    """
    mark: Json = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    return {**mark, "typing_indicator": {"type": "text"}} if typing else mark


def _interactive(kind: str, frame: Frame, action: Json) -> Json:
    interactive: Json = {"type": kind, "body": {"text": frame.body}, "action": action}
    if frame.header:
        interactive["header"] = {"type": "text", "text": frame.header}
    if frame.footer:
        interactive["footer"] = {"text": frame.footer}
    return {"type": "interactive", "interactive": interactive}


def _section(section: Section) -> Json:
    rows = [
        {"id": row.id, "title": row.title, **({"description": row.description} if row.description else {})}
        for row in section.rows
    ]
    return {**({"title": section.title} if section.title else {}), "rows": rows}
