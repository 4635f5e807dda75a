"""Evolution API (doc.evolution-api.com: Webhooks): {"event", "instance", "data", "date_time", "sender", "apikey"}.

`date_time` is local time written with a Z: it is never read. Names come with dots, or as CAPITALS_WITH_UNDERSCORES.
"""

from typing import Any

from gateways import session_events as words_of
from gateways.addresses import address
from gateways.dialect import Dialect, Event, Reader
from gateways.evolution_messages import read_delete, read_edited, read_update, read_upsert
from gateways.items import Item, Json, SessionEvent
from gateways.session_events import qr_event, session_event
from gateways.state_machine import SessionState, Signal
from gateways.web_messages import read_call
from gateways.wire_values import json_object, name_for_people, required_string, whole_number
from gateways.words import EVOLUTION_LOGGED_OUT, EVOLUTION_STATES, EVOLUTION_TRANSIENT
from wire.values import NotReadableError, malformed, string


def _events(payload: Json) -> list[Event]:
    name = string(payload.get("event"))
    if name is None:
        raise NotReadableError("no_event", "event must be a string that is not empty")
    data = payload.get("data")
    parts: list[Any] = data if isinstance(data, list) else [data]
    if not all(isinstance(part, dict) for part in parts):
        raise malformed("data must be an object, or a list of objects")
    return [Event(name=name, data=part, reader=_dotted(name)) for part in parts]


def _dotted(name: str) -> str:
    """Return MESSAGES_UPSERT as messages.upsert, and group-participants.update as it is."""
    return name.lower().replace("_", ".") if name.isupper() else name


def _qrcode_updated(event: Event) -> SessionEvent:
    qrcode = json_object(event.data.get("qrcode"))
    code = string(qrcode.get("code"))
    if code is not None:
        return qr_event(event, "qrcode.updated", code)
    if whole_number(event.data.get("statusCode")) is None:
        raise malformed("qrcode.code must be a string that is not empty")
    reason = string(event.data.get("message")) or "QR code limit reached"
    return session_event(event, Signal("qrcode.limit", SessionState.ERROR), reason)


def _connection_update(event: Event) -> SessionEvent:
    word = required_string(event.data, "state")
    if word == "close":
        return _closed(event, whole_number(event.data.get("statusReason")))
    signal = EVOLUTION_STATES.get(word)
    if signal is None:
        raise NotReadableError("unknown_state", f"state {name_for_people(word)}")
    connected = signal.state is SessionState.SESSION_CONNECTED
    text = words_of.CONNECTED if connected else words_of.state_changed(word)
    return session_event(event, signal, text, phone=address(event.data.get("wuid")).phone)


def _closed(event: Event, reason: int | None) -> SessionEvent:
    told = "close" if reason is None else f"close {reason}"
    if reason in EVOLUTION_LOGGED_OUT:
        text = words_of.authentication_failed(f"logged out ({reason})")
        return session_event(event, Signal(told, SessionState.AUTH_FAILURE), text)
    transient = reason in EVOLUTION_TRANSIENT
    state = SessionState.CONNECTING if transient else SessionState.SESSION_NOT_CONNECTED
    return session_event(event, Signal(told, state), words_of.disconnected(told))


def _status_instance(event: Event) -> SessionEvent:
    return _closed(event, whole_number(event.data.get("disconnectionReasonCode")))


def _removed(event: Event) -> SessionEvent:
    return session_event(event, Signal(event.reader, SessionState.STOPPED), words_of.STOPPED)


def _call(event: Event) -> Item:
    return read_call(event, event.data)


READERS: dict[str, Reader] = {
    "qrcode.updated": _qrcode_updated,
    "connection.update": _connection_update,
    "status.instance": _status_instance,
    "logout.instance": _removed,
    "remove.instance": _removed,
    "instance.delete": _removed,
    "messages.upsert": read_upsert,
    "send.message": read_upsert,
    "messages.update": read_update,
    "send.message.update": read_update,
    "messages.delete": read_delete,
    "messages.edited": read_edited,
    "call": _call,
}

OTHERS = frozenset(
    {
        "application.startup", "chats.delete", "chats.set", "chats.update", "chats.upsert", "contacts.set",
        "contacts.update", "contacts.upsert", "creds.update", "group-participants.update", "group.participants.update",
        "group.update", "groups.update", "groups.upsert", "instance.create", "labels.association", "labels.edit",
        "messages.set", "messaging-history.set", "messaging.history.set", "presence.update", "typebot.change-status",
        "typebot.change.status", "typebot.start",
    }
)  # fmt: skip

DIALECT = Dialect(events=_events, readers=READERS, others=OTHERS)
