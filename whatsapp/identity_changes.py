"""People who get another number or BSUID: `system` messages (Meta: System messages, Business-scoped user IDs)."""

from dataclasses import dataclass, field

from whatsapp.items import InboundMessage
from whatsapp.wire_values import bsuid, json_object, phone

CHANGES = frozenset({"user_changed_number", "customer_changed_number", "user_changed_user_id"})
"""The second is what older payloads say. `customer_identity_changed` is a new device: the person is the same."""


@dataclass(slots=True, frozen=True)
class IdentityChange:
    """Who somebody was and is; a number that changes brings a new BSUID with it."""

    old_phone: str | None = field(repr=False)
    old_bsuid: str | None = field(repr=False)
    new_phone: str | None = field(repr=False)
    new_bsuid: str | None = field(repr=False)


def identity_change(message: InboundMessage) -> IdentityChange | None:
    """Return the change that a system message tells, None when it tells none or not of whom."""
    system = json_object(message.raw.get("system")) or {}
    if message.type != "system" or system.get("type") not in CHANGES:
        return None
    new_phone = phone(system.get("wa_id")) or phone(system.get("new_wa_id"))
    new_bsuid = bsuid(system.get("user_id"))
    old_phone = phone(message.raw.get("from")) or phone(system.get("customer"))
    old_bsuid = bsuid(system.get("previous_user_id"))
    if old_bsuid is None and new_bsuid != message.raw.get("from_user_id"):
        old_bsuid = bsuid(message.raw.get("from_user_id"))
    if not (old_phone or old_bsuid) or not (new_phone or new_bsuid):
        return None
    return IdentityChange(old_phone, old_bsuid, new_phone, new_bsuid)
