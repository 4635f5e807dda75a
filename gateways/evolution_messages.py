"""Messages as Baileys writes them, in Evolution's events (Evolution API: Webhooks; Baileys: proto)."""

from collections.abc import Mapping

from gateways.acks import STATUS_BY_WORD
from gateways.addresses import NOBODY, Address, address
from gateways.dialect import Event, other_event
from gateways.items import Ack, Item, Json, Media, Message
from gateways.web_messages import in_no_conversation, message_key
from gateways.wire_values import json_object, name_for_people, required_object, required_string, timestamp
from wire.values import NotReadableError, malformed, string

CONTENTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "conversation": ("text", ()),
    "extendedTextMessage": ("text", ("text",)),
    "imageMessage": ("image", ("caption",)),
    "videoMessage": ("video", ("caption",)),
    "audioMessage": ("audio", ()),
    "documentMessage": ("document", ("caption",)),
    "stickerMessage": ("sticker", ()),
    "locationMessage": ("location", ("name",)),
    "contactMessage": ("contacts", ("displayName",)),
    "contactsArrayMessage": ("contacts", ("displayName",)),
    "reactionMessage": ("reaction", ("text",)),
    "buttonsResponseMessage": ("button", ("selectedDisplayText",)),
    "templateButtonReplyMessage": ("button", ("selectedDisplayText",)),
    "listResponseMessage": ("interactive", ("title",)),
    "orderMessage": ("order", ("message",)),
}
"""Baileys' content fields: our type, and where in the field its text stands ((): the field is the text)."""

WRAPPERS = ("ephemeralMessage", "viewOnceMessage", "viewOnceMessageV2", "documentWithCaptionMessage")
REVOKE, EDIT = (0, "REVOKE"), (14, "MESSAGE_EDIT")
"""Baileys' ProtocolMessage.Type, as number or name."""


def read_upsert(event: Event) -> Item:
    """Read messages.upsert and send.message."""
    key = required_object(event.data, "key")
    if in_no_conversation(key.get("remoteJid")):
        return other_event(event)
    identity = required_string(key, "id")
    content = _unwrapped(json_object(event.data.get("message")))
    from_me = key.get("fromMe") is True
    other = _other_side(key, from_me)
    if other == NOBODY:
        raise malformed("key.remoteJid is no address")
    kind, text, context = _meaning(content, event.data)
    return Message(
        event=event.name,
        at=timestamp(event.data.get("messageTimestamp")),
        key=message_key(identity, from_me),
        raw=_without_files(event.data),
        message_id=identity,
        type=kind,
        from_me=from_me,
        phone=other.phone,
        lid=other.lid,
        group_id=other.group_id,
        name=None if from_me else string(event.data.get("pushName")),
        text=text,
        context_id=context,
        media=_media_of(content, kind, event.data),
    )


def _unwrapped(content: Json) -> Json:
    for wrapper in WRAPPERS:
        inner = json_object(content.get(wrapper)).get("message")
        if isinstance(inner, dict):
            return {**content, **inner}
    return content


def _meaning(content: Json, data: Json) -> tuple[str, str | None, str | None]:
    """Return type, text and the message it is about."""
    protocol = json_object(content.get("protocolMessage"))
    if protocol:
        return _act(protocol)
    for field, (kind, path) in CONTENTS.items():
        if content.get(field) is None:
            continue
        body = content[field]
        text = string(json_object(body).get(path[0]) if path else body)
        if kind == "reaction":
            return kind, text, string(json_object(json_object(body).get("key")).get("id"))
        context = json_object(json_object(body).get("contextInfo")) or json_object(data.get("contextInfo"))
        return kind, text, string(context.get("stanzaId"))
    return "unsupported", None, None


def _act(protocol: Json) -> tuple[str, str | None, str | None]:
    target, told = string(json_object(protocol.get("key")).get("id")), protocol.get("type")
    if target is not None and told in REVOKE:
        return "revoke", None, target
    if target is not None and told in EDIT:
        return "edit", _edited_text(protocol), target
    return "unsupported", None, None


def _edited_text(protocol: Json) -> str | None:
    edited = json_object(protocol.get("editedMessage"))
    return string(edited.get("conversation")) or string(json_object(edited.get("extendedTextMessage")).get("text"))


def _media_of(content: Json, kind: str, data: Json) -> Media | None:
    file = json_object(content.get(f"{kind}Message"))
    if not string(file.get("mimetype")):
        return None
    message = json_object(data.get("message"))
    return Media(
        mime_type=string(file.get("mimetype")),
        filename=string(file.get("fileName")),
        url=string(message.get("mediaUrl")),
        base64=string(message.get("base64")),
        reference=string(json_object(data.get("key")).get("id")),
    )


def _without_files(data: Json) -> Json:
    message = data.get("message")
    if not isinstance(message, dict) or "base64" not in message:
        return data
    return {**data, "message": {name: part for name, part in message.items() if name != "base64"}}


def _other_side(key: Json, from_me: bool) -> Address:
    """Newer versions put the phone number beside a @lid, as remoteJidAlt or senderPn."""
    chat = address(key.get("remoteJid"))
    if chat.group_id is None:
        return _with_phone(chat, key.get("remoteJidAlt") or key.get("senderPn"))
    author = NOBODY if from_me else _with_phone(address(key.get("participant")), key.get("participantAlt"))
    return Address(phone=author.phone, lid=author.lid, group_id=chat.group_id)


def _with_phone(found: Address, alternative: object) -> Address:
    other = address(alternative)
    return Address(phone=found.phone or other.phone, lid=found.lid or other.lid, group_id=found.group_id)


def read_update(event: Event) -> Item:
    """Read messages.update: an ack, or a revocation."""
    data = event.data
    key = json_object(data.get("key")) or data
    identity = string(data.get("keyId")) or string(key.get("id"))
    if identity is None:
        raise malformed("the update names no message")
    word = data.get("status") or json_object(data.get("update")).get("status")
    if word == "DELETED":
        return _deleted(event, identity, key)
    if not isinstance(word, str) or word not in STATUS_BY_WORD:
        raise NotReadableError("unknown_state", f"status {name_for_people(word)}")
    if key.get("fromMe") is not True:
        return other_event(event)
    chat = address(key.get("remoteJid"))
    participant = address(key.get("participant")) if chat.group_id else NOBODY
    who = participant.phone or participant.lid or ""
    return Ack(
        event=event.name,
        at=None,
        key=event.key(identity, who, word),
        raw=data,
        message_id=identity,
        status=STATUS_BY_WORD[word],
        phone=chat.phone,
        participant=who,
    )


def read_delete(event: Event) -> Message:
    """Read messages.delete, whose data is the key."""
    key = json_object(event.data.get("key")) or event.data
    return _deleted(event, required_string(key, "id"), key)


def _deleted(event: Event, target: str, key: Json) -> Message:
    from_me = key.get("fromMe") is True
    other = _other_side(key, from_me)
    return Message(
        event=event.name,
        at=None,
        key=f"revoke|{target}",
        raw=event.data,
        message_id=f"revoke-{target}",
        type="revoke",
        from_me=from_me,
        phone=other.phone,
        lid=other.lid,
        group_id=other.group_id,
        name=None,
        text=None,
        context_id=target,
    )


def read_edited(event: Event) -> Message:
    """Read messages.edited."""
    key = json_object(event.data.get("key"))
    target = required_string(key, "id")
    text = _edited_text(event.data) or _edited_text({"editedMessage": event.data.get("message")})
    from_me = key.get("fromMe") is True
    other = _other_side(key, from_me)
    at = timestamp(event.data.get("timestampMs") or event.data.get("messageTimestamp"))
    return Message(
        event=event.name,
        at=at,
        key=event.key("edit", target, text or "", at),
        raw=event.data,
        message_id=f"edit-{target}-{at.timestamp() if at else 0:.0f}",
        type="edit",
        from_me=from_me,
        phone=other.phone,
        lid=other.lid,
        group_id=other.group_id,
        name=None,
        text=text,
        context_id=target,
    )
