"""How a dialect is read: its envelope, and a reader for each event it knows."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from gateways.items import REPEATS_WITHIN, Item, Json, OtherEvent, Unhandled
from gateways.wire_values import name_for_people
from wire.json_body import loads
from wire.values import NotReadableError


@dataclass(slots=True, frozen=True, kw_only=True)
class Event:
    """One event out of its envelope."""

    name: str
    data: Json = field(repr=False)
    at: datetime | None = None
    """The envelope's time, when it can be trusted."""
    id: str | None = None
    """The envelope's id: the best of keys."""
    reader: str = ""
    """Under which name it is read, when that is not its own."""

    def key(self, *parts: object) -> str:
        """Return the key of repeats: the envelope's id, else the name with what tells this event from others."""
        return self.id or "|".join((self.name, *map(str, parts)))


Reader = Callable[[Event], Item]
"""Raises NotReadableError."""


@dataclass(slots=True, frozen=True)
class Dialect:
    """A gateway's language."""

    events: Callable[[Json], list[Event]]
    """Opens the envelope. Raises NotReadableError."""
    readers: Mapping[str, Reader]
    others: frozenset[str]
    """Events known to exist, of which nothing is made."""


def split(dialect: Dialect, body: bytes) -> list[Item]:
    """Return all items of a body in their order. Never raises: what cannot be read is an `Unhandled`."""
    try:
        payload = loads(body)
    except ValueError:
        return [_unplaced(NotReadableError("not_json", "the body is no JSON"), {}, body)]
    if not isinstance(payload, dict):
        return [_unplaced(NotReadableError("no_object", "the body is no JSON object"), {}, body)]
    try:
        events = dialect.events(payload)
    except NotReadableError as refusal:
        return [_unplaced(refusal, payload, body)]
    return [_read(dialect, event) for event in events]


def other_event(event: Event) -> OtherEvent:
    """Return an event of which nothing is made; two equal ones within seconds are one."""
    return OtherEvent(
        event=event.name,
        at=event.at,
        key=event.key(digest(event.data)),
        repeats_within=None if event.id else REPEATS_WITHIN,
        raw=event.data,
    )


def digest(data: Json) -> str:
    """Return a digest of an event's data, whatever the order of its keys.

    orjson reads 1,024 levels and writes 254; no gateway nests as deeply, and all that do share one digest.
    """
    try:
        canonical = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        canonical = b""
    return hashlib.sha256(canonical).hexdigest()


def _read(dialect: Dialect, event: Event) -> Item:
    name = event.reader or event.name
    reader = dialect.readers.get(name)
    try:
        if reader is not None:
            return reader(event)
    except NotReadableError as refusal:
        return _unhandled(refusal, event)
    if name in dialect.others:
        return other_event(event)
    return _unhandled(NotReadableError("unknown_event", f"event {name_for_people(name)}"), event)


def _unhandled(refusal: NotReadableError, event: Event) -> Unhandled:
    return Unhandled(
        event=event.name,
        at=event.at,
        key=event.key(digest(event.data)),
        raw=event.data,
        reason=refusal.reason,
        detail=refusal.detail,
    )


def _unplaced(refusal: NotReadableError, payload: Json, body: bytes) -> Unhandled:
    return Unhandled(
        event="",
        at=None,
        key=hashlib.sha256(body).hexdigest(),
        raw=payload,
        reason=refusal.reason,
        detail=refusal.detail,
    )
