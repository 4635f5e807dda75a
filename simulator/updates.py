"""Updates that wait to be posted, and the webhook payload that carries many of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator.records import BusinessNumber
from simulator.wire import to_wire

MESSAGES_FIELD: Final = "messages"
LARGEST_BODY: Final = 3_000_000
"""Bytes of one POST (Meta: Webhooks overview, 3 MB)."""


@dataclass(slots=True, eq=False)
class Update:
    """One item of a webhook.

    part: "statuses" or "messages" (in field `messages`), or "value" (body is the whole value of `field`).
    errors stand beside the item in its value. on_acknowledged runs when a POST with it was answered 200.
    """

    part: str
    body: dict[str, Any]
    number: BusinessNumber
    contact: dict[str, Any] | None = None
    errors: list[dict[str, Any]] | None = None
    field: str = MESSAGES_FIELD
    on_acknowledged: Callable[[], None] | None = None


def payload_of(updates: Iterable[Update], now: int) -> dict[str, Any]:
    """One envelope: an entry per WABA, a change per number, everything of a number in one value.

    Source: Meta, "Webhooks" overview and webhook references; entry.time only with fields other than messages.
    """
    entries: dict[str, dict[str, Any]] = {}
    values: dict[str, dict[str, Any]] = {}
    for update in updates:
        number = update.number
        entry = entries.setdefault(number.waba_id, {"id": number.waba_id, "changes": []})
        if update.part == "value":
            entry["time"] = now
            entry["changes"].append({"field": update.field, "value": update.body})
        else:
            if number.phone_number_id not in values:
                values[number.phone_number_id] = _begin_value(entry, number)
            _put(values[number.phone_number_id], update)
    return {"object": "whatsapp_business_account", "entry": list(entries.values())}


def bodies_of(updates: Sequence[Update], now: int) -> Iterator[tuple[bytes, Sequence[Update]]]:
    """The bytes of as few POSTs as Meta's 3 MB allow, each with the updates in it."""
    body = to_wire(payload_of(updates, now))
    if len(body) <= LARGEST_BODY or len(updates) == 1:
        yield body, updates
        return
    middle = len(updates) // 2
    yield from bodies_of(updates[:middle], now)
    yield from bodies_of(updates[middle:], now)


def _begin_value(entry: dict[str, Any], number: BusinessNumber) -> dict[str, Any]:
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": number.metadata}
    entry["changes"].append({"field": MESSAGES_FIELD, "value": value})
    return value


def _put(value: dict[str, Any], update: Update) -> None:
    value.setdefault(update.part, []).append(update.body)
    if update.contact is not None:
        value.setdefault("contacts", []).append(update.contact)
    if update.errors:
        value.setdefault("errors", []).extend(update.errors)
