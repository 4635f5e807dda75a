"""One item out of one body, as most tests of messages want it."""

from collections.abc import Callable
from typing import Any

from gateways.items import Item, Message
from gateways.kinds import Kind
from gateways.payload import split
from tests.gateways.bodies import (
    baileys_message,
    body_of,
    evolution,
    flat_message,
    waha,
    waha_message,
    web_message,
    wppconnect,
    wwebjs,
)

ID = "3EB0C767D26A1B2C"
Build = Callable[..., bytes]
INCOMING: dict[Kind, Build] = {
    Kind.FOUNDING: lambda **more: body_of({"event": "message", "data": {"message": web_message(**more)}}),
    Kind.WWEBJS: lambda **more: wwebjs("message", {"message": web_message(**more)}),
    Kind.WAHA: lambda **more: waha("message", waha_message(**more)),
    Kind.EVOLUTION: lambda **more: evolution("messages.upsert", baileys_message(**more)),
    Kind.WPPCONNECT: lambda **more: wppconnect("onmessage", **flat_message(**more)),
}


def only(kind: Kind, payload: Any) -> Item:
    """The one item of a body, or of what is written as one."""
    (item,) = split(kind, payload if isinstance(payload, bytes) else body_of(payload))
    return item


def message(kind: Kind, body: bytes) -> Message:
    item = only(kind, body)
    assert isinstance(item, Message), item
    return item
