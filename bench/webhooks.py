"""Webhooks of the usual kind, one receipt each, validly signed (Meta: Status messages)."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from bench.prepared import post
from db.ids import new_id
from messaging import callback_data
from settings import SIMULATOR_APP_SECRET, SIMULATOR_PHONE_NUMBER_ID, SIMULATOR_WABA_ID
from whatsapp.signature import sign

PATH = "/webhook"
WA_ID = "18095550142"
BSUID = "DO.13491208655302741918"
STATUSES = ("sent", "delivered", "read")
PRICED = ("sent", "delivered")
PRICING = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"}
ABREAST = 1000
"""Messages whose receipts of one kind come before any of the next kind."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that receipts may come for."""

    id: UUID
    wamid: str


def unknown_message() -> SentMessage:
    """Return a message that no database knows."""
    message_id = new_id()
    return SentMessage(message_id, f"wamid.{message_id.hex}")


def body(message: SentMessage, status: str, at: int) -> bytes:
    """Return a webhook with one receipt.

    Args:
        message: what it is for.
        status: sent, delivered or read.
        at: unix seconds.
    """
    item: dict[str, Any] = {
        "id": message.wamid,
        "status": status,
        "timestamp": str(at),
        "biz_opaque_callback_data": callback_data.write(message.id, 1),
        "recipient_id": WA_ID,
        "recipient_user_id": BSUID,
    }
    if status in PRICED:
        item["pricing"] = PRICING
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": SIMULATOR_PHONE_NUMBER_ID},
        "contacts": [{"wa_id": WA_ID, "user_id": BSUID}],
        "statuses": [item],
    }
    change = {"field": "messages", "value": value}
    return orjson.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": SIMULATOR_WABA_ID, "changes": [change]}]}
    )


def bodies(messages: Sequence[SentMessage], statuses: Iterable[str]) -> Iterator[bytes]:
    """Return receipts of `statuses` for every message, those of different messages mixed as on a busy day."""
    at = int(time.time())
    for first in range(0, len(messages), ABREAST):
        for status in statuses:
            for message in messages[first : first + ABREAST]:
                yield body(message, status, at)


def signed_request(content: bytes) -> bytes:
    """Return the whole request that brings a body to the receiver."""
    return post(PATH, {"X-Hub-Signature-256": sign(content, SIMULATOR_APP_SECRET)}, content)
