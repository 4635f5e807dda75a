"""whatsapp-web.js behind wwebjs-api and whatsapp-api, and the founding dialect, which names the same events.

wwebjs-api posts {"dataType", "data", "sessionId"}; `data` is absent for ready and authenticated. The founding system
took {"event", "data"}, with or without sessionId, and bare {"qr"}, {"state"}, {"reason"} and {"message"} (S3.1).
"""

from dataclasses import replace

from gateways import session_events as words_of
from gateways.addresses import message_id
from gateways.dialect import Dialect, Event, Reader
from gateways.items import Item, Json, Media, Message, SessionEvent
from gateways.session_events import qr_event, session_event
from gateways.state_machine import SessionState, Signal
from gateways.web_messages import act, read_ack, read_call, read_message
from gateways.wire_values import (
    json_object,
    name_for_people,
    optional_string,
    required_object,
    required_string,
    whole_number,
)
from gateways.words import WHATSAPP_BLOCKS, WWEBJS_STATES
from wire.values import NotReadableError, malformed, string

BARE_FORMS = {"qr": "qr", "state": "change_state", "reason": "disconnected", "message": "message"}
"""Bodies without an event, told by the one field they have, and the event that each stands for."""

MOST_PERCENT = 100


def _events(payload: Json) -> list[Event]:
    name = payload.get("dataType", payload.get("event"))
    if name is None and "data" not in payload:
        return [_bare(payload)]
    if not isinstance(name, str) or not name:
        raise NotReadableError("no_event", "event must be a string that is not empty")
    data = payload.get("data")
    if data is not None and not isinstance(data, dict):
        raise malformed("data must be an object")
    return [Event(name=name, data=data or {})]


def _bare(payload: Json) -> Event:
    for field, name in BARE_FORMS.items():
        if field in payload:
            return Event(name=name, data={key: part for key, part in payload.items() if key != "sessionId"})
    raise NotReadableError("unknown_format", "neither an event nor qr, state, reason or message")


def _qr(event: Event) -> SessionEvent:
    return qr_event(event, "qr", required_string(event.data, "qr"))


def _code(event: Event) -> SessionEvent:
    code = required_string(event.data, "code")
    signal = Signal("code", SessionState.QR_GENERATED)
    return session_event(event, signal, "Pairing code generated, enter it on the phone", pairing_code=code)


def _ready(event: Event) -> SessionEvent:
    return session_event(event, Signal("ready", SessionState.SESSION_CONNECTED), words_of.CONNECTED)


def _authenticated(event: Event) -> SessionEvent:
    signal = Signal("authenticated", SessionState.AUTHENTICATED, is_step=True)
    return session_event(event, signal, words_of.AUTHENTICATED)


def _disconnected(event: Event) -> SessionEvent:
    reason = optional_string(event.data, "reason") or "unknown"
    blocked = reason in WHATSAPP_BLOCKS
    state = SessionState.ERROR if blocked else SessionState.SESSION_NOT_CONNECTED
    return session_event(event, Signal(reason, state), words_of.disconnected(reason))


def _auth_failure(event: Event) -> SessionEvent:
    reason = optional_string(event.data, "msg") or optional_string(event.data, "message") or "unknown"
    signal = Signal("auth_failure", SessionState.AUTH_FAILURE)
    return session_event(event, signal, words_of.authentication_failed(reason))


def _change_state(event: Event) -> SessionEvent:
    word = required_string(event.data, "state")
    signal = WWEBJS_STATES.get(word)
    if signal is None:
        raise NotReadableError("unknown_state", f"state {name_for_people(word)}")
    return session_event(event, signal, words_of.state_changed(word))


def _loading_screen(event: Event) -> SessionEvent:
    percent = whole_number(event.data.get("percent"))
    if percent is None or not 0 <= percent <= MOST_PERCENT:
        raise malformed("percent must be a whole number from 0 to 100")
    text = optional_string(event.data, "message") or "WhatsApp"
    signal = Signal("loading_screen", SessionState.LOADING, is_step=True)
    return session_event(event, signal, f"Loading {percent}%: {text}")


def _message(event: Event) -> Item:
    part = required_object(event.data, "message")
    reference = _reference(part)
    media = None if reference is None else Media(None, None, None, None, reference)
    return read_message(event, part, media)


def _reference(part: Json) -> str | None:
    """A file is asked for by chat and message."""
    chat, identity = json_object(part.get("id")).get("remote"), message_id(part.get("id"))
    return f"{chat} {identity}" if part.get("hasMedia") is True and isinstance(chat, str) and identity else None


def _media(event: Event) -> Item:
    """The message that `message` told too, now with its file: another event with a key of its own."""
    file, part = required_object(event.data, "messageMedia"), required_object(event.data, "message")
    media = Media(
        mime_type=string(file.get("mimetype")),
        filename=string(file.get("filename")),
        url=None,
        base64=string(file.get("data")),
        reference=_reference(part),
    )
    found = read_message(event, part, media)
    return replace(found, key=f"media|{found.key}") if isinstance(found, Message) else found


def _ack(event: Event) -> Item:
    part = required_object(event.data, "message")
    return read_ack(event, part, event.data.get("ack", part.get("ack")))


def _edit(event: Event) -> Message:
    part = required_object(event.data, "message")
    body = event.data.get("newBody", part.get("body"))
    return act(event, part, kind="edit", target=message_id(part.get("id")), text=body)


def _revoke(event: Event) -> Message:
    """`message` is the notice with an id of its own; the message it revokes stands in its protocol key."""
    part = required_object(event.data, "message")
    key = json_object(part.get("_data")).get("protocolMessageKey")
    revoked = (
        message_id(key) or message_id(json_object(event.data.get("revokedMsg")).get("id")) or message_id(part.get("id"))
    )
    return act(event, part, kind="revoke", target=revoked, text=None, identity=message_id(part.get("id")))


def _reaction(event: Event) -> Message:
    reaction = required_object(event.data, "reaction")
    sender = reaction.get("senderId")
    part = {**reaction, "from": sender, "fromMe": json_object(reaction.get("id")).get("fromMe") is True}
    return act(
        event,
        part,
        kind="reaction",
        target=message_id(reaction.get("msgId")),
        text=reaction.get("reaction"),
        identity=message_id(reaction.get("id")),
    )


def _call(event: Event) -> Item:
    return read_call(event, required_object(event.data, "call"))


READERS: dict[str, Reader] = {
    "qr": _qr,
    "code": _code,
    "ready": _ready,
    "authenticated": _authenticated,
    "disconnected": _disconnected,
    "auth_failure": _auth_failure,
    "status": _auth_failure,
    "change_state": _change_state,
    "loading_screen": _loading_screen,
    "message": _message,
    "message_create": _message,
    "media": _media,
    "media_uploaded": _message,
    "message_ack": _ack,
    "message_edit": _edit,
    "message_revoke_everyone": _revoke,
    "message_reaction": _reaction,
    "call": _call,
}
"""`status` is how wwebjs-api spells auth_failure (S3.12)."""

OTHERS = frozenset(
    {
        "remote_session_saved", "message_revoke_me", "message_ciphertext", "message_ciphertext_failed", "group_join",
        "group_leave", "group_update", "group_admin_changed", "group_membership_request", "contact_changed",
        "chat_removed", "chat_archived", "unread_count", "vote_update", "change_battery",
    }
)  # fmt: skip

DIALECT = Dialect(events=_events, readers=READERS, others=OTHERS)
