"""A webhook body, split into items that stand or fall alone (Meta: Webhooks overview).

A body holds up to 1,000 updates, nested as entry[] → changes[] → lists of the value; each is an item alone.
"""

from collections.abc import Mapping

from whatsapp.fields import KINDS, LISTS, read_whole_value
from whatsapp.inbound import is_unrendered_reply
from whatsapp.items import InboundMessage, Item, Json, Origin, OtherEvent, Receipt, ReportedError, Unhandled
from whatsapp.reading import Change, Reader, contacts_by_person
from whatsapp.wire_values import identifier, name_for_people
from wire.json_body import loads
from wire.values import NotReadableError, malformed

__all__ = [
    "InboundMessage",
    "Item",
    "OtherEvent",
    "Receipt",
    "ReportedError",
    "Unhandled",
    "envelope_of",
    "split",
    "status_envelope",
]

OBJECT = "whatsapp_business_account"


def split(body: bytes) -> list[Item]:
    """Return all items of a body in their order. Never raises: what cannot be read is an `Unhandled`.

    Args:
        body: the request's raw bytes, whose signature has been checked.
    """
    try:
        payload = loads(body)
    except ValueError:
        return [_unplaced("not_json", "the body is no JSON", {})]
    if not isinstance(payload, dict) or payload.get("object") != OBJECT:
        kept = payload if isinstance(payload, dict) else {}
        return [_unplaced("unknown_object", f"the body is no {OBJECT} object", kept)]
    return _items_of_payload(payload)


def envelope_of(item: Item) -> Json:
    """Return a payload with this item alone, its metadata and its contact: `split` makes the same item of it.

    A body that was no JSON has none: {}.
    """
    if item.origin is None:
        return item.raw
    value = _value_alone(item, item.origin) if item.list_name else item.raw
    return _envelope({**item.origin.entry, "changes": [{**item.origin.change, "value": value}]})


def status_envelope(phone_number_id: str, waba_id: str | None, status: Json) -> Json:
    """Return a payload for a receipt of which only the status was kept (`Receipt.raw`), to be split again."""
    metadata = {"phone_number_id": phone_number_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [status]}
    return _envelope({"id": waba_id, "changes": [{"field": "messages", "value": value}]})


def _value_alone(item: Item, origin: Origin) -> Json:
    contacts = {} if item.contact is None else {"contacts": [item.contact]}
    return {**_without_lists(origin.change), **contacts, item.list_name: [item.raw]}


def _without_lists(change: Json) -> Json:
    """Return what all items of a value share: messaging_product, metadata."""
    dropped = {"contacts", *LISTS[change["field"]]}
    value: Json = change["value"]
    return {key: part for key, part in value.items() if key not in dropped and not isinstance(part, list)}


def _envelope(entry: object) -> Json:
    return {"object": OBJECT, "entry": [entry]}


def _unplaced(reason: str, detail: str, payload: Json, waba_id: str | None = None) -> Unhandled:
    """Return what is too broken to stand in a change; its raw is a payload by itself."""
    return Unhandled(phone_number_id=None, waba_id=waba_id, field="", raw=payload, reason=reason, detail=detail)


def _items_of_payload(payload: Json) -> list[Item]:
    entries = payload.get("entry")
    if not isinstance(entries, list):
        return [_unplaced("malformed_item", "entry is no list", payload)]
    items: list[Item] = []
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("changes"), list):
            items.extend(_items_of_entry(entry))
        else:
            items.append(_unplaced("malformed_item", "the entry has no list of changes", _envelope(entry)))
    return items


def _items_of_entry(entry: Json) -> list[Item]:
    waba_id = identifier(entry.get("id"))
    items: list[Item] = []
    for change in entry["changes"]:
        if _is_change(change):
            items.extend(_items_of_change(change, entry, waba_id))
        else:
            alone = _envelope({**entry, "changes": [change]})
            items.append(_unplaced("malformed_item", "the change has no field or no value", alone, waba_id))
    return items


def _is_change(change: object) -> bool:
    if not isinstance(change, dict):
        return False
    return isinstance(change.get("field"), str) and isinstance(change.get("value"), dict)


def _items_of_change(raw_change: Json, entry: Json, waba_id: str | None) -> list[Item]:
    field, value = raw_change["field"], raw_change["value"]
    readers = LISTS.get(field)
    change = Change(
        field=field,
        waba_id=waba_id,
        phone_number_id=_phone_number_id(value),
        entry_time=entry.get("time"),
        origin=Origin(entry, raw_change),
        contacts=contacts_by_person(value["contacts"]) if readers and "contacts" in value else {},
    )
    if field == "messages" and change.phone_number_id is None:
        error = NotReadableError("no_phone_number_id", "metadata has no phone_number_id")
        return [_unhandled(error, value, change)]
    items = _items_of_lists(value, change, readers) if readers else []
    return items or [_read_whole(value, change)]


def _phone_number_id(value: Json) -> str | None:
    metadata = value.get("metadata")
    return identifier(metadata.get("phone_number_id")) if isinstance(metadata, dict) else None


def _items_of_lists(value: Json, change: Change, readers: Mapping[str, Reader]) -> list[Item]:
    items: list[Item] = []
    for list_name, parts in _with_explained_replies(value).items():
        reader = readers.get(list_name)
        if reader is not None and isinstance(parts, list):
            items.extend([_read(part, change, list_name, reader) for part in parts])
        elif isinstance(parts, list) and list_name != "contacts":
            error = NotReadableError("unknown_field", f"list {name_for_people(list_name)}")
            items.append(_unhandled_list(error, list_name, parts, change))
        elif reader is not None and parts is not None:
            items.append(_unhandled_list(malformed(f"{list_name} is no list"), list_name, parts, change))
    return items


def _with_explained_replies(value: Json) -> Json:
    """Move errors that explain unrendered replies into these; alone they would look like the number's own."""
    messages, errors = value.get("messages"), value.get("errors")
    if not isinstance(messages, list) or not isinstance(errors, list):
        return value
    if not any(map(is_unrendered_reply, messages)):
        return value
    explained = [{**part, "errors": errors} if is_unrendered_reply(part) else part for part in messages]
    return {**value, "messages": explained, "errors": None}


def _read(part: object, change: Change, list_name: str, reader: Reader) -> Item:
    if not isinstance(part, dict):
        return _unhandled_list(malformed(f"an element of {list_name} is no object"), list_name, [part], change)
    try:
        return reader(part, change, list_name)
    except NotReadableError as refusal:
        return _unhandled(refusal, part, change, list_name)


def _read_whole(value: Json, change: Change) -> Item:
    if change.field in KINDS:
        return read_whole_value(value, change)
    if change.field == "messages":
        return _unhandled(malformed("the value holds no messages, statuses or errors"), value, change)
    error = NotReadableError("unknown_field", f"field {name_for_people(change.field)}")
    return _unhandled(error, value, change)


def _unhandled_list(error: NotReadableError, list_name: str, parts: object, change: Change) -> Unhandled:
    return _unhandled(error, {**_without_lists(change.origin.change), list_name: parts}, change)


def _unhandled(error: NotReadableError, raw: Json, change: Change, list_name: str = "") -> Unhandled:
    return Unhandled(
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        field=change.field,
        raw=raw,
        contact=change.contact_of(raw) if list_name else None,
        list_name=list_name,
        origin=change.origin,
        reason=error.reason,
        detail=error.detail,
    )
