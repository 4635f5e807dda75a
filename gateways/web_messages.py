"""Messages as WhatsApp Web's libraries write them: whatsapp-web.js, WAHA and WPPConnect share most of the names."""

from collections.abc import Mapping

from gateways.acks import STATUS_BY_ACK
from gateways.addresses import Address, address, chat_of_id, message_id
from gateways.dialect import Event, digest, other_event
from gateways.items import Ack, Call, Item, Json, Media, Message
from gateways.wire_values import json_object, timestamp, whole_number
from wire.values import malformed, string

TYPES: Mapping[str, str] = {
    "chat": "text",
    "text": "text",
    "ptt": "audio",
    "audio": "audio",
    "image": "image",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "vcard": "contacts",
    "multi_vcard": "contacts",
    "reaction": "reaction",
    "revoked": "revoke",
    "buttons_response": "button",
    "template_button_reply": "button",
    "list_response": "interactive",
    "interactive": "interactive",
    "order": "order",
}
"""WhatsApp Web's message types in the Cloud API's words; every other one is `unsupported` there too."""

NOTICES = frozenset({"call_log", "ciphertext", "e2e_notification", "gp2", "notification_template"})
"""Types of what WhatsApp shows between the messages, or cannot read yet: nobody wrote it."""

NO_CONVERSATION = ("@broadcast", "@newsletter")
"""Statuses and channels: many read them, nobody is addressed."""

FILE_CONTENTS = ("data", "base64", "body")
MEDIA_TYPES = frozenset({"audio", "image", "video", "document", "sticker"})


def read_message(event: Event, part: Json, media: Media | None = None) -> Item:
    """Read one message object; what belongs to no conversation is an OtherEvent.

    Args:
        event: it came in.
        part: the message.
        media: its file, when the message has one.

    Raises:
        NotReadableError: malformed_item, it has no id or no address.
    """
    if string(part.get("type")) in NOTICES or in_no_conversation(part.get("from"), part.get("to")):
        return other_event(event)
    identity = required_message_id(part)
    from_me = is_from_me(part)
    other = other_side(part, from_me)
    if other == Address():
        raise malformed("from and to are no addresses")
    return _message(event, part, media, identity=identity, from_me=from_me, other=other)


def in_no_conversation(*addresses: object) -> bool:
    """Tell whether any address is a status or a channel."""
    return any(isinstance(one, str) and one.endswith(NO_CONVERSATION) for one in addresses)


def _message(event: Event, part: Json, media: Media | None, *, identity: str, from_me: bool, other: Address) -> Message:
    body_is_file = media is not None and media.base64 is not None and media.base64 == part.get("body")
    return Message(
        event=event.name,
        at=timestamp(part.get("timestamp") or part.get("t")) or event.at,
        key=message_key(identity, from_me),
        raw=without_files(part),
        message_id=identity,
        type=message_type(part, media),
        from_me=from_me,
        phone=other.phone,
        lid=other.lid,
        group_id=other.group_id,
        name=sender_name(part),
        text=string(part.get("caption")) or (None if body_is_file else string(part.get("body"))),
        context_id=message_id(quoted(part)),
        media=media,
    )


def message_key(identity: str, from_me: bool) -> str:
    """Return the key of a message itself: `message` and `message_create` tell the same one."""
    return f"message|{identity}|{from_me}"


def act(
    event: Event, part: Json, *, kind: str, target: str | None, text: object, identity: str | None = None
) -> Message:
    """Read an act upon a message (edit, revoke, reaction); it has an id of its own, made of both when there is none.

    Raises:
        NotReadableError: malformed_item, it does not name the message.
    """
    if target is None:
        raise malformed(f"the {kind} names no message")
    from_me = is_from_me(part)
    other = other_side(part, from_me)
    words = string(text)
    own = (identity if identity != target else None) or event.id or f"{kind}-{target}-{digest({'text': words})[:16]}"
    return Message(
        event=event.name,
        at=timestamp(part.get("timestamp") or part.get("t")) or event.at,
        key=event.key(kind, target, own),
        raw=without_files(part),
        message_id=own,
        type=kind,
        from_me=from_me,
        phone=other.phone,
        lid=other.lid,
        group_id=other.group_id,
        name=sender_name(part),
        text=words,
        context_id=target,
    )


def read_ack(event: Event, part: Json, number: object) -> Item:
    """Read how far a message of ours came; that we read somebody else's is an OtherEvent.

    Raises:
        NotReadableError: malformed_item, no id or no such ack.
    """
    ack = whole_number(number)
    if ack is None or ack not in STATUS_BY_ACK:
        raise malformed("ack must be a whole number from -1 to 4")
    identity = required_message_id(part)
    if not is_from_me(part):
        return other_event(event)
    chat = chat_of_id(part.get("id"))
    participant = address(part.get("participant")) if chat.group_id else Address()
    return Ack(
        event=event.name,
        at=event.at,
        key=event.key(identity, participant.phone or participant.lid or "", ack),
        raw=without_files(part),
        message_id=identity,
        status=STATUS_BY_ACK[ack],
        phone=chat.phone,
        participant=(participant.phone or participant.lid or "") if chat.group_id else "",
    )


def read_call(event: Event, part: Json) -> Call:
    """Read a call.

    Raises:
        NotReadableError: malformed_item, it has no id.
    """
    identity = string(part.get("id")) or message_id(part.get("id"))
    if identity is None:
        raise malformed("the call has no id")
    caller = address(part.get("from") or part.get("peerJid"))
    return Call(
        event=event.name,
        at=timestamp(part.get("timestamp") or part.get("offerTime")) or event.at,
        key=event.key(identity),
        raw=part,
        call_id=identity,
        phone=caller.phone,
        lid=caller.lid,
        is_video=part.get("isVideo") is True,
    )


def required_message_id(part: Json) -> str:
    """Return a message's id.

    Raises:
        NotReadableError: malformed_item, there is none.
    """
    identity = message_id(part.get("id"))
    if identity is None:
        raise malformed("the message has no id")
    return identity


def is_from_me(part: Json) -> bool:
    """Tell whether the session's own number wrote it; the id knows when the field is missing."""
    told = part.get("fromMe")
    if isinstance(told, bool):
        return told
    identity = part.get("id")
    if isinstance(identity, dict):
        return identity.get("fromMe") is True
    return isinstance(identity, str) and identity.startswith("true_")


def other_side(part: Json, from_me: bool) -> Address:
    """Return who is at the other end; in a group, who wrote and the group."""
    chat = address(part.get("to") if from_me else part.get("from"))
    chat = chat if chat != Address() else chat_of_id(part.get("id"))
    if chat.group_id is None:
        return chat
    author = Address() if from_me else address(part.get("author") or part.get("participant"))
    return Address(phone=author.phone, lid=author.lid, group_id=chat.group_id)


def message_type(part: Json, media: Media | None) -> str:
    """Return the type in the Cloud API's words; WAHA names none, there the file and the fields tell."""
    told = part.get("type")
    if isinstance(told, str):
        return TYPES.get(told, "unsupported")
    if media is not None:
        family = (media.mime_type or "").partition("/")[0]
        return family if family in MEDIA_TYPES else "document"
    if part.get("location"):
        return "location"
    return "contacts" if part.get("vCards") else "text"


def quoted(part: Json) -> object:
    """Return the id of the message that this one answers, as each library keeps it."""
    reply = json_object(part.get("replyTo"))
    inner = json_object(part.get("_data"))
    return (
        reply.get("id")
        or part.get("quotedMsgId")
        or inner.get("quotedStanzaID")
        or json_object(inner.get("quotedMsg")).get("id")
    )


def sender_name(part: Json) -> str | None:
    """Return the name that the sender gave themselves."""
    inner, sender = json_object(part.get("_data")), json_object(part.get("sender"))
    names = (part.get("notifyName"), inner.get("notifyName"), inner.get("pushName"), sender.get("pushname"))
    return next((name for name in names if isinstance(name, str) and name), None)


def without_files(part: Json) -> Json:
    """Return a message without the content of its file; a `body` counts as such only beside a mimetype."""
    if not part.get("mimetype"):
        return part
    return {name: value for name, value in part.items() if name not in FILE_CONTENTS}
