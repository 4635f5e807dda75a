"""Messages of a batch, from whichever field of a webhook they came, with their place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from messaging.identity import Sighting, sighting
from tasks.gateway_items import FIELD as GATEWAY
from whatsapp.identity_changes import IdentityChange, identity_change
from whatsapp.items import InboundMessage, Json, OtherEvent
from whatsapp.own_messages import PassedMessage, passed_messages

Source = Literal["echo", "history"]
MessageKey = tuple[UUID, str]
"""Channel and wamid: what a message is known by."""


@dataclass(slots=True, frozen=True, kw_only=True)
class PlacedMessage:
    """A message between one of our numbers and somebody. `source` None: a customer wrote it now."""

    tenant_id: UUID
    channel_id: UUID
    source: Source | None = None
    direction: Literal["inbound", "outbound"] = "inbound"
    status: str = "delivered"
    wamid: str
    type: str
    at: datetime
    person: Sighting = field(repr=False)
    name: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)
    group_id: str | None = None
    text: str | None = field(repr=False)
    context_wamid: str | None
    content: Json = field(repr=False)
    change: IdentityChange | None = None
    has_window: bool = True
    """False: it came by a gateway, which answers whenever it likes."""

    @property
    def key(self) -> MessageKey:
        """What it is known by."""
        return self.channel_id, self.wamid

    @property
    def is_from_customer(self) -> bool:
        """Tell whether a customer wrote it now, to us alone."""
        return self.source is None and self.group_id is None


def messages_of(
    item: InboundMessage | PassedMessage | OtherEvent, tenant_id: UUID, channel_id: UUID
) -> Iterator[PlacedMessage]:
    """Yield the messages that a webhook item tells of."""
    if isinstance(item, InboundMessage):
        yield _written(item, tenant_id, channel_id)
    elif isinstance(item, PassedMessage):
        yield _passed(item, tenant_id, channel_id)
    else:
        for message in passed_messages(item):
            yield _passed(message, tenant_id, channel_id)


def once_each(messages: Iterable[PlacedMessage]) -> list[PlacedMessage]:
    """Return messages without repeats, in the order of Meta's times: what somebody says last counts."""
    first: dict[MessageKey, PlacedMessage] = {}
    for message in messages:
        first.setdefault(message.key, message)
    return sorted(first.values(), key=lambda message: message.at)


def _written(item: InboundMessage, tenant_id: UUID, channel_id: UUID) -> PlacedMessage:
    return PlacedMessage(
        tenant_id=tenant_id,
        channel_id=channel_id,
        wamid=item.wamid,
        type=item.type,
        at=item.at,
        person=sighting(item.sender_phone, item.sender_bsuid),
        name=item.profile_name,
        username=item.username,
        group_id=item.group_id,
        text=item.text,
        context_wamid=item.context_wamid,
        content={"message": item.raw, "contact": item.contact},
        change=identity_change(item),
        has_window=item.field != GATEWAY,
    )


def _passed(message: PassedMessage, tenant_id: UUID, channel_id: UUID) -> PlacedMessage:
    return PlacedMessage(
        tenant_id=tenant_id,
        channel_id=channel_id,
        source=message.source,
        direction=message.direction,
        status=message.status,
        wamid=message.wamid,
        type=message.type,
        at=message.at,
        person=sighting(message.person_phone, message.person_bsuid),
        name=message.profile_name,
        group_id=message.group_id,
        text=message.text,
        context_wamid=message.context_wamid,
        content={"message": message.raw, "contact": None},
    )
