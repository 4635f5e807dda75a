"""A gateway's items as the webhook items that everything behind ingest knows: one message model for all channels."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from db.queries.gateway_sources import NUMBER_PREFIX
from gateways.items import Ack, Call, GatewayItem, Message, SessionEvent, Unhandled
from gateways.kinds import Kind
from gateways.payload import split
from messaging.ladder import RECEIPT_STATUSES
from whatsapp import items as whatsapp
from whatsapp.own_messages import PassedMessage
from wire.values import string

FIELD = "gateway"
"""Stands where a Cloud API change names its field."""
ECHO: Final = "echo"
MEDIA: Final = "media"
MIME_TYPE: Final = "mime_type"
CALL: Final = "call"


@dataclass(slots=True, frozen=True)
class GatewayRow:
    """An inbox row of a gateway's session."""

    channel_id: UUID
    kind: Kind
    session_id: str
    body: bytes
    received_at: datetime

    @property
    def number(self) -> str:
        """What stands for the phone_number_id."""
        return NUMBER_PREFIX + self.session_id


@dataclass(slots=True, frozen=True)
class ReadItem:
    """One item of a row with the digest that its repeats share."""

    item: whatsapp.Item | SessionEvent | Message
    """A Message is one of the session's own number: an echo of our send, or written on the phone."""
    digest: bytes


def read(row: GatewayRow) -> list[ReadItem]:
    """Return what a row holds; acks that say nothing new are left out."""
    return [
        ReadItem(read_item, _digest(row, item))
        for item in split(row.kind, row.body)
        if (read_item := _read(row, item)) is not None
    ]


def _read(row: GatewayRow, item: GatewayItem) -> whatsapp.Item | SessionEvent | Message | None:
    if isinstance(item, SessionEvent):
        return item
    if isinstance(item, Message):
        return item if item.from_me else _inbound(row, item)
    if isinstance(item, Call):
        return _called(row, item)
    if isinstance(item, Ack):
        # An ack of 0 says only that the gateway took the message over, which its answer said before.
        return _receipt(row, item) if item.status in RECEIPT_STATUSES else None
    if isinstance(item, Unhandled):
        return whatsapp.Unhandled(
            phone_number_id=row.number, waba_id=None, field=FIELD, raw=item.raw, reason=item.reason, detail=item.detail
        )
    return other_event(row, item, item.event)


def other_event(row: GatewayRow, item: GatewayItem, kind: str) -> whatsapp.OtherEvent:
    """Return an event that is neither message nor receipt."""
    return whatsapp.OtherEvent(
        phone_number_id=row.number, waba_id=None, field=FIELD, raw=item.raw, kind=kind, at=item.at or row.received_at
    )


def _inbound(row: GatewayRow, message: Message) -> whatsapp.Item:
    """A sender behind a @lid has no phone number: the alias stands where the Cloud API has its own."""
    if message.phone is None and message.lid is None:
        return other_event(row, message, message.event)
    return whatsapp.InboundMessage(
        phone_number_id=row.number,
        waba_id=None,
        field=FIELD,
        raw=_kept(message),
        wamid=message.message_id,
        type=message.type,
        at=message.at or row.received_at,
        sender_phone=message.phone,
        sender_bsuid=message.lid,
        profile_name=message.name,
        username=None,
        text=message.text,
        context_wamid=message.context_id,
        group_id=message.group_id,
    )


def _called(row: GatewayRow, call: Call) -> whatsapp.Item:
    """A call stands in the thread of who called; WhatsApp tells neither whether nor how long it was answered."""
    if call.phone is None and call.lid is None:
        return other_event(row, call, CALL)
    return whatsapp.InboundMessage(
        phone_number_id=row.number,
        waba_id=None,
        field=FIELD,
        raw=call.raw,
        wamid=call.call_id,
        type=CALL,
        at=call.at or row.received_at,
        sender_phone=call.phone,
        sender_bsuid=call.lid,
        profile_name=None,
        username=None,
        text=None,
        context_wamid=None,
        group_id=None,
    )


def echo(row: GatewayRow, message: Message) -> PassedMessage | whatsapp.OtherEvent:
    """Return what was written on the phone as the Cloud API's echoes are; without an address it is only an event."""
    if not (message.phone or message.lid or message.group_id):
        return other_event(row, message, ECHO)
    return PassedMessage(
        source=ECHO,
        direction="outbound",
        wamid=message.message_id,
        type=message.type,
        at=message.at or row.received_at,
        person_phone=message.phone,
        person_bsuid=message.lid,
        profile_name=None,
        text=message.text,
        context_wamid=message.context_id,
        status="sent",
        raw=_kept(message),
        group_id=message.group_id,
    )


@dataclass(slots=True, frozen=True)
class GatewayFile:
    """What is told of a message's file, which the gateway has."""

    mime_type: str | None
    filename: str | None


def file_of(kept: whatsapp.Json) -> GatewayFile | None:
    """Return what a gateway's message, as it is kept, tells of its file; None: it has none."""
    told = kept.get(MEDIA)
    if not isinstance(told, dict) or MIME_TYPE not in told:
        return None
    return GatewayFile(string(told[MIME_TYPE]), string(told.get("filename")))


def _kept(message: Message) -> whatsapp.Json:
    if message.media is None:
        return message.raw
    file = {MIME_TYPE: message.media.mime_type, "filename": message.media.filename, "url": message.media.url}
    return {**message.raw, MEDIA: file}


def receipt(row: GatewayRow, item: Ack | Message, status: str, callback_data: str | None = None) -> whatsapp.Receipt:
    """Return a receipt; its raw is written as the Cloud API writes one, so that a late match can replay it."""
    at = item.at or row.received_at
    raw = {
        "id": item.message_id,
        "status": status,
        "timestamp": str(int(at.timestamp())),
        "recipient_id": (item.phone or "").removeprefix("+") or None,
    }
    return whatsapp.Receipt(
        phone_number_id=row.number,
        waba_id=None,
        field=FIELD,
        raw=raw,
        wamid=item.message_id,
        status=status,
        at=at,
        recipient_phone=item.phone,
        recipient_bsuid=None,
        participant=item.participant if isinstance(item, Ack) else "",
        group_id=None,
        callback_data=callback_data,
        error=None,
        pricing=None,
        conversation=None,
    )


def _receipt(row: GatewayRow, ack: Ack) -> whatsapp.Receipt:
    return receipt(row, ack, ack.status)


def _digest(row: GatewayRow, item: GatewayItem) -> bytes:
    """Repeats without an id are one event within seconds; the seconds are counted in our clock's steps."""
    step = "" if item.repeats_within is None else str(_step(row.received_at, item.repeats_within))
    return hashlib.sha256(f"{row.channel_id}|{item.key}|{step}".encode()).digest()


def _step(moment: datetime, length: timedelta) -> int:
    return int(moment.timestamp() // length.total_seconds())
