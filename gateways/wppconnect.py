"""WPPConnect server (wppconnect.io): flat {"event", "session", …data}.

The data is laid over the envelope, so that its own `event` or `session` can overwrite these: the session is taken
from the address that the gateway posts to, never from the body.
"""

from gateways import session_events as words_of
from gateways.addresses import message_id
from gateways.dialect import Dialect, Event, Reader
from gateways.items import Item, Json, Media, Message, SessionEvent
from gateways.session_events import qr_event, session_event
from gateways.state_machine import SessionState, Signal
from gateways.web_messages import act, read_ack, read_call, read_message
from gateways.wire_values import json_object, name_for_people, required_string
from gateways.words import WPPCONNECT_STATUSES
from wire.values import NotReadableError, string


def _events(payload: Json) -> list[Event]:
    name = string(payload.get("event"))
    if name is None:
        raise NotReadableError("no_event", "event must be a string that is not empty")
    data = {field: part for field, part in payload.items() if field not in ("event", "session")}
    return [Event(name=name, data=data)]


def _qrcode(event: Event) -> SessionEvent:
    return qr_event(event, "qrcode", required_string(event.data, "urlcode"))


def _phone_code(event: Event) -> SessionEvent:
    code = required_string(event.data, "phoneCode")
    signal = Signal("phoneCode", SessionState.QR_GENERATED)
    return session_event(event, signal, "Pairing code generated, enter it on the phone", pairing_code=code)


def _status_find(event: Event) -> SessionEvent:
    word = required_string(event.data, "status")
    signal = WPPCONNECT_STATUSES.get(word)
    if signal is None:
        raise NotReadableError("unknown_state", f"status {name_for_people(word)}")
    return session_event(event, signal, _text(signal))


def _text(signal: Signal) -> str:
    match signal.state:
        case SessionState.SESSION_CONNECTED:
            return words_of.CONNECTED
        case SessionState.SESSION_NOT_CONNECTED:
            return words_of.disconnected(signal.word)
        case SessionState.AUTH_FAILURE:
            return words_of.authentication_failed(signal.word)
    return words_of.state_changed(signal.word)


def _session_logged(event: Event) -> SessionEvent:
    return session_event(event, Signal("session-logged", SessionState.SESSION_CONNECTED), words_of.CONNECTED)


def _closed(event: Event) -> SessionEvent:
    signal = Signal(event.name, SessionState.SESSION_NOT_CONNECTED)
    return session_event(event, signal, words_of.disconnected(event.name))


def _logged_out(event: Event) -> SessionEvent:
    return session_event(event, Signal(event.name, SessionState.STOPPED), words_of.STOPPED)


def _message(event: Event) -> Item:
    return read_message(event, event.data, _media_of(event.data))


def _media_of(data: Json) -> Media | None:
    """A file's content stands where a text's body does."""
    mime_type = string(data.get("mimetype"))
    if mime_type is None:
        return None
    identity = data.get("id")
    return Media(
        mime_type=mime_type,
        filename=string(data.get("filename")),
        url=None,
        base64=string(data.get("body")),
        reference=string(json_object(identity).get("_serialized") or identity),
    )


def _ack(event: Event) -> Item:
    return read_ack(event, event.data, event.data.get("ack"))


def _reaction(event: Event) -> Message:
    data = event.data
    return act(
        event,
        {**data, "from": data.get("senderId") or data.get("from") or json_object(data.get("id")).get("participant")},
        kind="reaction",
        target=message_id(data.get("msgId")),
        text=data.get("reactionText"),
        identity=message_id(data.get("id")),
    )


def _revoked(event: Event) -> Message:
    target = message_id(event.data.get("refId")) or message_id(event.data.get("id"))
    return act(event, event.data, kind="revoke", target=target, text=None)


def _call(event: Event) -> Item:
    return read_call(event, event.data)


READERS: dict[str, Reader] = {
    "qrcode": _qrcode,
    "phoneCode": _phone_code,
    "status-find": _status_find,
    "session-logged": _session_logged,
    "closesession": _closed,
    "logoutsession": _logged_out,
    "onmessage": _message,
    "onselfmessage": _message,
    "unreadmessages": _message,
    "location": _message,
    "onack": _ack,
    "onreactionmessage": _reaction,
    "onrevokedmessage": _revoked,
    "incomingcall": _call,
}

OTHERS = frozenset({"onpresencechanged", "onparticipantschanged", "onpollresponse", "onupdatelabel"})

DIALECT = Dialect(events=_events, readers=READERS, others=OTHERS)
