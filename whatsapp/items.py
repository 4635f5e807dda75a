"""What a webhook can hold: receipts, inbound messages, other events, and what could not be read.

Reprs show ids and kinds only, never a phone number, a name or a text.
"""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True, frozen=True)
class Origin:
    """Where the items of one change stand, so that each of them can be put into an envelope of its own."""

    entry: Json
    change: Json


@dataclass(slots=True, frozen=True, kw_only=True)
class WebhookItem:
    """What all items have."""

    phone_number_id: str | None
    waba_id: str | None
    field: str
    """The change's field; "" when the payload has none."""
    raw: Json = dataclasses.field(repr=False)
    """The item's own object as Meta sent it: the status, the message, the event's value."""
    contact: Json | None = dataclasses.field(default=None, repr=False)
    """The contact that belongs to it, paired by phone or BSUID, never by position."""
    list_name: str = ""
    """The list of the value that it stood in, such as "statuses"; "" when `raw` is the whole value."""
    origin: Origin | None = dataclasses.field(default=None, repr=False, compare=False)
    """None: `raw` is a payload by itself, or nothing could be read at all."""


@dataclass(slots=True, frozen=True)
class ReportedError:
    """The first error of an item (Meta: Error codes). Decide by the code alone; titles change."""

    code: int | None
    title: str | None
    message: str | None
    details: str | None = dataclasses.field(repr=False)
    href: str | None


@dataclass(slots=True, frozen=True, kw_only=True)
class Receipt(WebhookItem):
    """A status of a message we sent (Meta: Status messages webhook reference)."""

    wamid: str
    status: str
    """sent | delivered | read | played | failed"""
    at: datetime
    recipient_phone: str | None = dataclasses.field(repr=False)
    """E.164; None when Meta keeps it back."""
    recipient_bsuid: str | None = dataclasses.field(repr=False)
    participant: str = dataclasses.field(repr=False)
    """Who of a group this is about (BSUID, else phone as sent by Meta); "" outside groups."""
    group_id: str | None
    callback_data: str | None
    """biz_opaque_callback_data of our request."""
    error: ReportedError | None
    pricing: Json | None
    conversation: Json | None


@dataclass(slots=True, frozen=True, kw_only=True)
class InboundMessage(WebhookItem):
    """A message or another act of a user in the chat (Meta: Messages webhook reference).

    At least one of `sender_phone` and `sender_bsuid` is known.
    """

    wamid: str
    type: str
    at: datetime
    sender_phone: str | None = dataclasses.field(repr=False)
    sender_bsuid: str | None = dataclasses.field(repr=False)
    profile_name: str | None = dataclasses.field(repr=False)
    username: str | None = dataclasses.field(repr=False)
    text: str | None = dataclasses.field(repr=False)
    """What a person would read: body, caption, title of the reply, emoji …"""
    context_wamid: str | None
    """The message this answers, reacts to, edits or revokes."""
    group_id: str | None


@dataclass(slots=True, frozen=True, kw_only=True)
class OtherEvent(WebhookItem):
    """Anything known that is neither a receipt nor a message; `kind` tells which."""

    kind: str
    at: datetime | None


@dataclass(slots=True, frozen=True, kw_only=True)
class Unhandled(WebhookItem):
    """Something that could not be read: kept, counted, and replayable after an upgrade."""

    reason: str
    """not_json | unknown_object | unknown_field | unknown_message_type | unknown_status | malformed_item |
    no_phone_number_id"""
    detail: str
    """For people; holds nothing of the payload but names of fields, types and statuses."""


Item = Receipt | InboundMessage | OtherEvent | Unhandled
