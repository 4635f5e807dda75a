"""Inbound messages: the `messages` of field `messages` (Meta: Messages webhook reference)."""

from collections.abc import Mapping
from typing import Any

from whatsapp.items import InboundMessage, Json
from whatsapp.reading import Change
from whatsapp.wire_values import bsuid, name_for_people, phone, timestamp
from wire.values import NotReadableError, malformed, string

Path = tuple[str | int, ...]

TEXT_PATHS: Mapping[str, tuple[Path, ...]] = {
    "text": (("text", "body"),),
    "image": (("image", "caption"),),
    "video": (("video", "caption"),),
    "audio": (),
    "document": (("document", "caption"),),
    "sticker": (),
    "location": (("location", "name"), ("location", "address")),
    "contacts": (("contacts", 0, "name", "formatted_name"),),
    "interactive": (
        ("interactive", "button_reply", "title"),
        ("interactive", "list_reply", "title"),
        ("interactive", "nfm_reply", "body"),
        ("interactive", "call_permission_reply", "response"),
    ),
    "button": (("button", "text"),),
    "order": (("order", "text"),),
    "reaction": (("reaction", "emoji"),),
    "system": (("system", "body"),),
    "edit": (),
    "revoke": (),
    "unsupported": (),
    "unknown": (),
    "request_welcome": (),
}
"""Every known type, and where its text may stand; the first that is there counts."""

TARGET_PATHS: Mapping[str, Path] = {
    "reaction": ("reaction", "message_id"),
    "edit": ("edit", "original_message_id"),
    "revoke": ("revoke", "original_message_id"),
}
"""Types that name the message they are about outside `context` (an edit's context.id can be a mere M0)."""


def read_message(message: Json, change: Change, list_name: str) -> InboundMessage:
    """Read one message.

    Raises:
        NotReadableError: unknown_message_type, or malformed_item (no id, no sender, no time).
    """
    wamid = string(message.get("id"))
    if wamid is None:
        raise malformed("the message has no id")
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in TEXT_PATHS:
        raise NotReadableError("unknown_message_type", f"type {name_for_people(kind)}")
    contact = change.contact_of(message) or {}
    sender_phone, sender_bsuid = _sender(message, contact)
    profile = contact.get("profile")
    return InboundMessage(
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        field=change.field,
        raw=message,
        contact=contact or None,
        list_name=list_name,
        origin=change.origin,
        wamid=wamid,
        type=kind,
        at=timestamp(message.get("timestamp")),
        sender_phone=sender_phone,
        sender_bsuid=sender_bsuid,
        profile_name=string(_at(profile, ("name",))),
        username=string(_at(profile, ("username",))),
        text=text_of(message, kind),
        context_wamid=context_wamid_of(message, kind),
        group_id=string(message.get("group_id")),
    )


def is_unrendered_reply(message: object) -> bool:
    """Tell whether Meta could not render this reply: no `interactive`, and its error beside the messages."""
    return (
        isinstance(message, dict)
        and message.get("type") == "interactive"
        and "interactive" not in message
        and "errors" not in message
    )


def _sender(message: Json, contact: Json) -> tuple[str | None, str | None]:
    """Return phone and BSUID. `from` may be absent (people with a username) or hold the BSUID."""
    origin, wa_id = message.get("from"), contact.get("wa_id")
    sender_phone = phone(origin) or phone(wa_id)
    sender_bsuid = (
        string(message.get("from_user_id"))
        or bsuid(origin)
        or string(contact.get("user_id"))
        or bsuid(wa_id)
        or string(_at(message, ("system", "user_id")))
    )
    if sender_phone is None and sender_bsuid is None:
        raise malformed("the message has no sender")
    return sender_phone, sender_bsuid


def text_of(message: Json, kind: str) -> str | None:
    """Return what a person would read of a message of a type; of an edit, the new text."""
    if kind == "edit":
        message = _at(message, ("edit", "message"))
        kind = _at(message, ("type",))
    paths = TEXT_PATHS.get(kind, ()) if isinstance(kind, str) else ()
    return next((text for path in paths if (text := string(_at(message, path)))), None)


def context_wamid_of(message: Json, kind: str) -> str | None:
    """Return the message that one of a type answers, reacts to, edits or revokes."""
    return string(_at(message, TARGET_PATHS.get(kind, ("context", "id"))))


def _at(value: Any, path: Path) -> Any:
    """Return what stands at a path, or None where anything on the way is missing or of another kind."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
