"""WhatsApp's addresses: who is behind a JID, and which message an id names.

digits@c.us and digits@s.whatsapp.net are a person's phone number, digits@lid an alias that hides it, @g.us a group,
@newsletter a channel, status@broadcast the statuses. Only the first two yield a phone number.
"""

import re
from dataclasses import dataclass, field

_JID = re.compile(r"(?P<user>[^@:]+)(?::[0-9]+)?@(?P<server>[a-z.]+)", re.ASCII)
_PHONE = re.compile(r"[1-9][0-9]{4,14}", re.ASCII)
_SERIALIZED = re.compile(r"(?:true|false)_(?P<chat>[^_]+@[^_]+)_(?P<id>[^_]+)(?:_.*)?", re.ASCII)

_PERSONS = frozenset({"c.us", "s.whatsapp.net"})


@dataclass(slots=True, frozen=True)
class Address:
    """Whoever stands behind a JID; all None for what is no person and no group."""

    phone: str | None = field(default=None, repr=False)
    """E.164."""
    lid: str | None = field(default=None, repr=False)
    group_id: str | None = None


NOBODY = Address()


def address(value: object) -> Address:
    """Read a JID as a string, or as the object the library makes of it; a device number is dropped."""
    if isinstance(value, dict):
        value = value.get("_serialized") or f"{value.get('user')}@{value.get('server')}"
    match = _JID.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return NOBODY
    user, server = match["user"], match["server"]
    if server in _PERSONS:
        return Address(phone=f"+{user}" if _PHONE.fullmatch(user) else None)
    if server == "lid":
        return Address(lid=f"{user}@lid")
    return Address(group_id=f"{user}@g.us") if server == "g.us" else NOBODY


def message_id(value: object) -> str | None:
    """Return the part of a message id on which all events agree, from any of its forms.

    `true_18095550199@c.us_3EB0C767` (WPPConnect appends `_out`, groups the participant) and the library's object give
    3EB0C767: chat and direction change between events, above all between a phone number and its @lid. In 2026 the
    object's `_serialized` was renamed for a time, hence its `id` comes first.
    """
    if isinstance(value, dict):
        value = value.get("id") or value.get("_serialized")
    if not isinstance(value, str) or not value:
        return None
    match = _SERIALIZED.fullmatch(value)
    return match["id"] if match else value


def chat_of_id(value: object) -> Address:
    """Return the chat that a message id names, for events that carry nothing else."""
    if isinstance(value, dict):
        return address(value.get("remote"))
    match = _SERIALIZED.fullmatch(value) if isinstance(value, str) else None
    return address(match["chat"]) if match else NOBODY


def is_group_or_person(value: object) -> bool:
    """Tell whether a JID, as a string, names somebody."""
    return isinstance(value, str) and address(value) != NOBODY


def jid(phone: str) -> str:
    """Return the address of a phone number (E.164) as gateways take it."""
    return f"{phone.removeprefix('+')}@c.us"
