"""WAHA (waha.devlike.pro: Events, Sessions): {"id", "timestamp", "event", "session", "me", "payload", …}."""

from gateways import session_events as words_of
from gateways.addresses import address, message_id
from gateways.dialect import Dialect, Event, Reader
from gateways.items import Item, Json, Media, Message, SessionEvent
from gateways.session_events import session_event
from gateways.state_machine import SessionState
from gateways.web_messages import act, read_ack, read_call, read_message
from gateways.wire_values import json_object, name_for_people, required_object, required_string, timestamp
from gateways.words import WAHA_STATUSES
from wire.values import NotReadableError, malformed, string

TEXTS = {
    SessionState.QR_GENERATED: words_of.QR_GENERATED,
    SessionState.SESSION_CONNECTED: words_of.CONNECTED,
    SessionState.SESSION_NOT_CONNECTED: words_of.disconnected("STOPPED"),
    SessionState.ACTION_REQUIRED: words_of.ACTION_REQUIRED,
}


def _events(payload: Json) -> list[Event]:
    name = string(payload.get("event"))
    if name is None:
        raise NotReadableError("no_event", "event must be a string that is not empty")
    data = payload.get("payload")
    if not isinstance(data, dict):
        raise malformed("payload must be an object")
    me = json_object(payload.get("me"))
    return [
        Event(
            name=name,
            data={**data, "_me": me} if me and name == "session.status" else data,
            at=timestamp(payload.get("timestamp")),
            id=string(payload.get("id")),
        )
    ]


def _session_status(event: Event) -> SessionEvent:
    word = required_string(event.data, "status")
    signal = WAHA_STATUSES.get(word)
    if signal is None:
        raise NotReadableError("unknown_state", f"status {name_for_people(word)}")
    return session_event(
        event,
        signal,
        TEXTS.get(signal.state, words_of.state_changed(word)),
        must_fetch_qr=signal.state is SessionState.QR_GENERATED,
        phone=address(json_object(event.data.get("_me")).get("id")).phone,
    )


def _message(event: Event) -> Item:
    return read_message(event, event.data, _media_of(event.data))


def _media_of(data: Json) -> Media | None:
    if data.get("hasMedia") is not True:
        return None
    file = json_object(data.get("media"))
    url = string(file.get("url"))
    return Media(
        mime_type=string(file.get("mimetype")),
        filename=string(file.get("filename")),
        url=url,
        base64=None,
        reference=url,
    )


def _ack(event: Event) -> Item:
    return read_ack(event, event.data, event.data.get("ack"))


def _reaction(event: Event) -> Message:
    reaction = required_object(event.data, "reaction")
    return act(
        event,
        event.data,
        kind="reaction",
        target=message_id(reaction.get("messageId")),
        text=reaction.get("text"),
        identity=message_id(event.data.get("id")),
    )


def _edited(event: Event) -> Message:
    data = event.data
    target = message_id(data.get("editedMessageId")) or message_id(data.get("id"))
    return act(event, data, kind="edit", target=target, text=data.get("body"))


def _revoked(event: Event) -> Message:
    after, before = json_object(event.data.get("after")), json_object(event.data.get("before"))
    target = message_id(event.data.get("revokedMessageId")) or message_id(before.get("id"))
    return act(event, after or before, kind="revoke", target=target, text=None)


def _call(event: Event) -> Item:
    return read_call(event, event.data)


READERS: dict[str, Reader] = {
    "session.status": _session_status,
    "message": _message,
    "message.any": _message,
    "message.ack": _ack,
    "message.ack.group": _ack,
    "message.reaction": _reaction,
    "message.edited": _edited,
    "message.revoked": _revoked,
    "call.received": _call,
}

OTHERS = frozenset(
    {
        "message.waiting", "presence.update", "chat.archive", "group.v2.join", "group.v2.leave", "group.v2.update",
        "group.v2.participants", "group.join", "group.leave", "poll.vote", "poll.vote.failed", "event.response",
        "event.response.failed", "label.upsert", "label.deleted", "label.chat.added", "label.chat.deleted",
        "call.accepted", "call.rejected", "engine.event", "state.change",
    }
)  # fmt: skip

DIALECT = Dialect(events=_events, readers=READERS, others=OTHERS)
