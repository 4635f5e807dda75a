"""Messages that passed a number without us: sent from the phone app (echoes), and old ones (history).

Meta: smb_message_echoes and history webhook references (WhatsApp Business app users).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from whatsapp.inbound import TEXT_PATHS, context_wamid_of, text_of
from whatsapp.items import Json, OtherEvent
from whatsapp.wire_values import bsuid, json_object, phone, timestamp
from wire.values import NotReadableError, string

HISTORY_STATUSES = {"PENDING": "accepted", "SENT": "sent", "DELIVERED": "delivered", "READ": "read", "PLAYED": "played"}
"""Meta's words for how far our old messages came, and ours; ERROR and whatever else counts as sent."""


@dataclass(slots=True, frozen=True, kw_only=True)
class PassedMessage:
    """A message between our number and a person, in either direction."""

    source: Literal["echo", "history"]
    direction: Literal["inbound", "outbound"]
    wamid: str
    type: str
    at: datetime
    person_phone: str | None = field(repr=False)
    person_bsuid: str | None = field(repr=False)
    profile_name: str | None = field(repr=False)
    text: str | None = field(repr=False)
    context_wamid: str | None
    status: str
    raw: Json = field(repr=False)
    group_id: str | None = None


def passed_messages(event: OtherEvent) -> Iterator[PassedMessage]:
    """Yield the messages of an event of kind `echo` or `history`; what cannot be read is left in the stored event.

    Only lists of messages are read: a chunk of history has threads, its late files come as messages of their own.
    """
    if event.kind == "echo" and event.list_name == "message_echoes":
        yield from _read([_told(event.raw, "echo", "outbound", event.contact)])
    elif event.kind == "history" and event.list_name == "history":
        yield from _read(_told_of_threads(event.raw))
    elif event.kind == "history" and event.list_name in ("messages", "message_echoes"):
        direction: Literal["inbound", "outbound"] = "inbound" if event.list_name == "messages" else "outbound"
        yield from _read([_told(event.raw, "history", direction, event.contact)])


@dataclass(slots=True)
class _Told:
    """A message as Meta put it, with who the person is when the message itself does not say."""

    raw: Json
    source: Literal["echo", "history"]
    direction: Literal["inbound", "outbound"]
    person: Json


def _told(
    raw: Json, source: Literal["echo", "history"], direction: Literal["inbound", "outbound"], person: Json | None
) -> _Told:
    return _Told(raw, source, direction, person or {})


def _told_of_threads(chunk: Json) -> Iterator[_Told]:
    for thread in _objects(chunk.get("threads")):
        context = json_object(thread.get("context")) or {}
        person = {"wa_id": context.get("wa_id") or thread.get("id"), **_named(context)}
        for raw in _objects(thread.get("messages")):
            direction: Literal["inbound", "outbound"] = "inbound" if _is_of(raw, person) else "outbound"
            yield _told(raw, "history", direction, person)


def _named(context: Json) -> Json:
    return {"user_id": context.get("user_id"), "profile": {"name": context.get("username")}}


def _is_of(raw: Json, person: Json) -> bool:
    """Tell whether a message of a thread was written by the person; ours name the person in `to`."""
    if raw.get("to") or raw.get("to_user_id"):
        return False
    writers = {raw.get("from"), raw.get("from_user_id")} - {None}
    return bool(writers & {person.get("wa_id"), person.get("user_id")}) or not writers


def _read(told: Iterator[_Told] | list[_Told]) -> Iterator[PassedMessage]:
    for one in told:
        message = _passed(one)
        if message is not None:
            yield message


def _passed(told: _Told) -> PassedMessage | None:
    raw, person = told.raw, told.person
    wamid, kind = string(raw.get("id")), raw.get("type")
    side = "from" if told.direction == "inbound" else "to"
    person_phone = phone(raw.get(side)) or phone(person.get("wa_id"))
    person_bsuid = bsuid(raw.get(f"{side}_user_id")) or bsuid(raw.get(side)) or bsuid(person.get("user_id"))
    if wamid is None or not isinstance(kind, str) or kind not in TEXT_PATHS or not (person_phone or person_bsuid):
        return None
    try:
        at = timestamp(raw.get("timestamp"))
    except NotReadableError:
        return None
    return PassedMessage(
        source=told.source,
        direction=told.direction,
        wamid=wamid,
        type=kind,
        at=at,
        person_phone=person_phone,
        person_bsuid=person_bsuid,
        profile_name=string((json_object(person.get("profile")) or {}).get("name")),
        text=text_of(raw, kind),
        context_wamid=context_wamid_of(raw, kind),
        status=_status(told),
        raw=raw,
    )


def _status(told: _Told) -> str:
    if told.direction == "inbound":
        return "delivered"
    word = (json_object(told.raw.get("history_context")) or {}).get("status")
    return HISTORY_STATUSES.get(str(word).upper(), "sent")


def _objects(value: object) -> list[Json]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
