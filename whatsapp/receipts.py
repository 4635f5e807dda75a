"""Receipts: the `statuses` of field `messages` (Meta: Status messages webhook reference)."""

from whatsapp.items import Json, Receipt
from whatsapp.reading import Change
from whatsapp.wire_values import bsuid, first_error, json_object, name_for_people, phone, timestamp
from wire.values import NotReadableError, malformed, string

STATUSES = frozenset({"sent", "delivered", "read", "played", "failed"})


def read_receipt(status: Json, change: Change, list_name: str) -> Receipt:
    """Read one status.

    Raises:
        NotReadableError: unknown_status (such as the `deleted` of older payloads), or malformed_item.
    """
    wamid = string(status.get("id"))
    if wamid is None:
        raise malformed("the status has no id")
    word = status.get("status")
    if not isinstance(word, str) or word not in STATUSES:
        raise NotReadableError("unknown_status", f"status {name_for_people(word)}")
    at = timestamp(status.get("timestamp"))
    contact = change.contact_of(status)
    in_group = status.get("recipient_type") == "group"
    person, user = _recipient_keys(in_group)
    person_id, user_id = status.get(person), string(status.get(user))
    return Receipt(
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        field=change.field,
        raw=status,
        contact=contact,
        list_name=list_name,
        origin=change.origin,
        wamid=wamid,
        status=word,
        at=at,
        recipient_phone=phone(person_id),
        recipient_bsuid=user_id or bsuid(person_id) or (string(contact.get("user_id")) if contact else None),
        participant=(user_id or string(person_id) or "") if in_group else "",
        group_id=string(status.get("recipient_id")) if in_group else None,
        callback_data=string(status.get("biz_opaque_callback_data")),
        error=first_error(status["errors"]) if "errors" in status else None,
        pricing=json_object(status.get("pricing")),
        conversation=json_object(status.get("conversation")),
    )


def _recipient_keys(in_group: bool) -> tuple[str, str]:
    """In a group `recipient_id` is the group, and the person is its participant."""
    if in_group:
        return "recipient_participant_id", "recipient_participant_user_id"
    return "recipient_id", "recipient_user_id"
