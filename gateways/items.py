"""What a gateway's webhook can hold: session events, messages, acks, calls, other events, and what is unreadable.

Reprs show ids and kinds only, never a phone number, a name, a text or a QR code.
"""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateways.state_machine import Signal

Json = dict[str, Any]

REPEATS_WITHIN = timedelta(seconds=2)
"""Two equal bodies without an id are one event when they come this close together, else it happened twice: no browser
loses a connection and has it again within two seconds."""


@dataclass(slots=True, frozen=True, kw_only=True)
class GatewayItem:
    """What all items have."""

    event: str
    """Its name as the gateway gave it."""
    at: datetime | None
    """When it happened by the gateway's clock; None when nothing trustworthy tells."""
    key: str
    """Equal for repeats of one event of a session; holds no text and no address."""
    repeats_within: timedelta | None = None
    """The key counts for so long; None: for ever."""
    raw: Json = dataclasses.field(repr=False)
    """The event's own data, without file contents."""


@dataclass(slots=True, frozen=True, kw_only=True)
class SessionEvent(GatewayItem):
    """Something that moves the session's state."""

    signal: Signal
    message: str = dataclasses.field(repr=False)
    """For people, in the founding system's words."""
    qr: str | None = dataclasses.field(default=None, repr=False)
    """What the QR picture encodes, as it stood in the body (sealed, once it was stored)."""
    pairing_code: str | None = dataclasses.field(default=None, repr=False)
    must_fetch_qr: bool = False
    phone: str | None = dataclasses.field(default=None, repr=False)
    """The connected number, E.164."""


@dataclass(slots=True, frozen=True)
class Media:
    """A file of a message: where it can be fetched, or its content."""

    mime_type: str | None
    filename: str | None
    url: str | None = dataclasses.field(repr=False)
    base64: str | None = dataclasses.field(repr=False)
    reference: str | None = dataclasses.field(default=None, repr=False)
    """What the gateway's own client asks for the file by (gateways.clients); None: there is no file to be had."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Message(GatewayItem):
    """A message, or an act upon one: type is edit, revoke or reaction then, and `context_id` names it."""

    message_id: str
    """Without chat and direction: the only part on which all events about a message agree."""
    type: str
    """In the Cloud API's words."""
    from_me: bool
    phone: str | None = dataclasses.field(repr=False)
    """The other side, E.164; None in groups whose sender hides it, and behind a @lid."""
    lid: str | None = dataclasses.field(repr=False)
    """Alias of the other side, digits@lid; one person has the same one for ever."""
    group_id: str | None
    name: str | None = dataclasses.field(repr=False)
    text: str | None = dataclasses.field(repr=False)
    context_id: str | None
    media: Media | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class Ack(GatewayItem):
    """How far a message we sent has come."""

    message_id: str
    status: str
    """accepted | sent | delivered | read | played | failed"""
    phone: str | None = dataclasses.field(repr=False)
    participant: str = dataclasses.field(repr=False)
    """Who of a group; "" outside groups."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Call(GatewayItem):
    """Somebody calls."""

    call_id: str
    phone: str | None = dataclasses.field(repr=False)
    lid: str | None = dataclasses.field(repr=False)
    is_video: bool


@dataclass(slots=True, frozen=True, kw_only=True)
class OtherEvent(GatewayItem):
    """A known event that moves neither session nor message; its name says which."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Unhandled(GatewayItem):
    """Something that could not be read."""

    reason: str
    """not_json | no_object | unknown_format | no_event | unknown_event | unknown_state | malformed_item"""
    detail: str
    """For people; holds nothing of the body but names of fields, events and states."""


Item = SessionEvent | Message | Ack | Call | OtherEvent | Unhandled

MALFORMED = frozenset({"not_json", "no_object", "unknown_format", "no_event", "malformed_item"})
"""Reasons for which the sender is told that the body is wrong; the others are for an upgrade of ours."""
