"""What a message says, beyond its text, in one shape for all types (Meta: Messages webhook reference).

Everything here is data from outside: what is missing or of another kind is left out, and nothing raises. Ids and
payloads of buttons are chosen by the sender of the answer: they prove nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from whatsapp.items import Json
from whatsapp.media_references import MEDIA_TYPES
from whatsapp.wire_values import bsuid, first_error, json_object, name_for_people, phone
from wire.json_body import loads
from wire.values import string

Reader = Callable[[Json], Json]

LONGEST_FLOW_ANSWER = 100_000
"""Characters of a flow's answer that are read; a longer one is shown as the text it is."""


def read_content(message: Json) -> Json:
    """Return what a message holds, by our names; the text itself stands in InboundMessage.text.

    Args:
        message: as Meta sent it, of a webhook's `messages`, `message_echoes` or `history`.
    """
    kind = message.get("type")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    return _said({**(reader(message) if reader else {}), **_around(message)})


def _around(message: Json) -> Json:
    """What may stand beside a content of any type."""
    error = first_error(message.get("errors"))
    return {
        "context": _context(message.get("context")),
        "referral": _referral(message.get("referral")),
        "error": {"code": error.code, "title": error.title, "detail": error.details} if error else None,
    }


def _context(value: object) -> Json | None:
    context = json_object(value) or {}
    product = json_object(context.get("referred_product")) or {}
    return (
        _said(
            {
                "wamid": string(context.get("id")),
                "forwarded": _true(context.get("forwarded")) or _true(context.get("frequently_forwarded")),
                "frequently_forwarded": _true(context.get("frequently_forwarded")),
                "catalog_id": string(product.get("catalog_id")),
                "product_id": string(product.get("product_retailer_id")),
            }
        )
        or None
    )


def _referral(value: object) -> Json | None:
    """The advertisement or post that brought the customer here."""
    referral = json_object(value) or {}
    names = ("source_url", "source_id", "source_type", "headline", "body", "media_type", "ctwa_clid")
    welcome = json_object(referral.get("welcome_message")) or {}
    return _said({**_strings(referral, names), "welcome_text": string(welcome.get("text"))}) or None


def _media(message: Json) -> Json:
    kind = message["type"]
    file = json_object(message.get(kind)) or {}
    return {
        "media": _said(
            {
                "id": string(file.get("id")),
                "mime_type": string(file.get("mime_type")),
                "filename": string(file.get("filename")),
                "voice": _true(file.get("voice")),
                "animated": _true(file.get("animated")),
            }
        )
    }


def _location(message: Json) -> Json:
    place = json_object(message.get("location")) or {}
    return {
        "location": _said(
            {
                "latitude": _number(place.get("latitude")),
                "longitude": _number(place.get("longitude")),
                **_strings(place, ("name", "address", "url")),
            }
        )
    }


def _contacts(message: Json) -> Json:
    return {"contacts": [_card(card) for card in _objects(message.get("contacts"))]}


def _card(card: Json) -> Json:
    name = json_object(card.get("name")) or {}
    return _said(
        {
            "name": string(name.get("formatted_name")) or string(name.get("first_name")),
            "phones": [
                _said({"phone": string(one.get("phone")), "wa_id": phone(one.get("wa_id"))})
                for one in _objects(card.get("phones"))
            ],
            "emails": [email for one in _objects(card.get("emails")) if (email := string(one.get("email")))],
            "was_requested": _true(card.get("origin") == "contact_request"),
        }
    )


def _interactive(message: Json) -> Json:
    interactive = json_object(message.get("interactive")) or {}
    kind = interactive.get("type")
    reader = REPLY_READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        return {"reply": {"kind": "not_shown" if not interactive else name_for_people(kind)}}
    return {"reply": reader(json_object(interactive.get(str(kind))) or {})}


def _flow_answer(reply: Json) -> Json:
    """`response_json` is JSON within a string; it may be anything, and it names no flow."""
    raw = string(reply.get("response_json"))
    return _said({"kind": "flow", "name": string(reply.get("name")), "answer": _parsed(raw) if raw else None})


def _parsed(text: str) -> Any:
    if len(text) > LONGEST_FLOW_ANSWER:
        return text
    try:
        return loads(text.encode())
    except ValueError:
        return text


def _call_permission(reply: Json) -> Json:
    return _said(
        {
            "kind": "call_permission",
            "response": string(reply.get("response")),
            "source": string(reply.get("response_source")),
            "expires": reply.get("expiration_timestamp"),
        }
    )


def _button(message: Json) -> Json:
    button = json_object(message.get("button")) or {}
    return {"reply": _said({"kind": "template_button", "id": string(button.get("payload"))})}


def _order(message: Json) -> Json:
    order = json_object(message.get("order")) or {}
    items = [
        _said(
            {
                "product_id": string(item.get("product_retailer_id")),
                "quantity": _number(item.get("quantity")),
                "price": _number(item.get("item_price")),
                "currency": string(item.get("currency")),
            }
        )
        for item in _objects(order.get("product_items"))
    ]
    return {"order": _said({"catalog_id": string(order.get("catalog_id")), "items": items})}


def _reaction(message: Json) -> Json:
    """A removal has an empty emoji or none."""
    reaction = json_object(message.get("reaction")) or {}
    return {"reaction": {"wamid": string(reaction.get("message_id")), "emoji": string(reaction.get("emoji"))}}


def _edit(message: Json) -> Json:
    edit = json_object(message.get("edit")) or {}
    edited = json_object(edit.get("message")) or {}
    return {"edit": {"wamid": string(edit.get("original_message_id")), "type": string(edited.get("type"))}}


def _revoke(message: Json) -> Json:
    revoke = json_object(message.get("revoke")) or {}
    return {"revoke": {"wamid": string(revoke.get("original_message_id"))}}


def _system(message: Json) -> Json:
    system = json_object(message.get("system")) or {}
    identity = json_object(message.get("identity")) or {}
    return {
        "system": _said(
            {
                "kind": string(system.get("type")),
                "phone": phone(system.get("wa_id")) or phone(system.get("new_wa_id")),
                "bsuid": bsuid(system.get("user_id")),
                "identity_hash": string(identity.get("hash")),
            }
        )
    }


def _unsupported(message: Json) -> Json:
    told = json_object(message.get("unsupported")) or {}
    return {"unsupported": _said({"type": string(told.get("type"))})}


def _nothing(_message: Json) -> Json:
    return {}


def _choice(kind: str) -> Reader:
    return lambda reply: _said({"kind": kind, **_strings(reply, ("id", "description"))})


REPLY_READERS: Mapping[str, Reader] = {
    "button_reply": _choice("button"),
    "list_reply": _choice("list"),
    "nfm_reply": _flow_answer,
    "call_permission_reply": _call_permission,
}
"""What customers answer interactive messages with, by `interactive.type`."""

READERS: Mapping[str, Reader] = {
    "text": _nothing,
    **dict.fromkeys(MEDIA_TYPES, _media),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
    "reaction": _reaction,
    "system": _system,
    "edit": _edit,
    "revoke": _revoke,
    "unsupported": _unsupported,
    "unknown": _unsupported,
    "request_welcome": _nothing,
}
"""What each type holds besides its text."""


def _said(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def _strings(value: Json, names: tuple[str, ...]) -> Json:
    return {name: string(value.get(name)) for name in names}


def _objects(value: object) -> list[Json]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _true(value: object) -> bool | None:
    return True if value is True else None
