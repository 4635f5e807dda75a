"""Choices people make in WhatsApp about what a business may send (Meta: user_preferences webhook)."""

from dataclasses import dataclass, field
from datetime import datetime

from whatsapp.items import OtherEvent
from whatsapp.wire_values import bsuid, phone, timestamp
from wire.values import NotReadableError, string


@dataclass(slots=True, frozen=True)
class Preference:
    """One choice; `category` marketing_messages, `value` stop, resume or signup so far."""

    phone: str | None = field(repr=False)
    bsuid: str | None = field(repr=False)
    category: str
    value: str
    at: datetime


def preference(event: OtherEvent) -> Preference | None:
    """Return the choice that an event of `user_preferences` tells, None when it does not say whose or which."""
    raw, contact = event.raw, event.contact or {}
    person = phone(raw.get("wa_id")) or phone(contact.get("wa_id"))
    user = bsuid(raw.get("user_id")) or bsuid(raw.get("wa_id")) or bsuid(contact.get("user_id"))
    category, value = string(raw.get("category")), string(raw.get("value"))
    try:
        at = timestamp(raw.get("timestamp"))
    except NotReadableError:
        return None
    if category is None or value is None or not (person or user):
        return None
    return Preference(person, user, category, value, at)
