"""What a message of each inbound type holds, as sensible examples (Meta: messages webhook reference)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator import sample_files
from simulator.errors import status_errors
from simulator.identity import bsuid_of
from simulator.records import BusinessNumber, new_wamid
from simulator.state import State

Body = Callable[["Writing"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Customer:
    """Who writes; `phone` (E.164) is None when only the business-scoped user id is shared."""

    phone: str | None
    bsuid: str
    name: str | None
    username: str | None

    @property
    def user(self) -> str:
        """As the ground truth names them."""
        return self.phone or self.bsuid

    @property
    def wa_id(self) -> str | None:
        return self.phone[1:] if self.phone else None

    def contact(self) -> dict[str, Any]:
        profile = {key: value for key, value in (("name", self.name), ("username", self.username)) if value}
        contact: dict[str, Any] = {"profile": profile} if profile else {}
        if self.wa_id is not None:
            contact["wa_id"] = self.wa_id
        return {**contact, "user_id": self.bsuid}


@dataclass(frozen=True, slots=True)
class Writing:
    """What the default body of a type may draw on."""

    state: State
    number: BusinessNumber
    customer: Customer
    text: str


def _text(writing: Writing) -> dict[str, Any]:
    return {"text": {"body": writing.text}}


def _media(kind: str, **more: Any) -> Body:
    def body(writing: Writing) -> dict[str, Any]:
        sample = sample_files.SAMPLES[kind]
        media = writing.state.add_media(sample.mime_type, sample.content, sample.sha256)
        file = {"mime_type": sample.shown_mime_type, "sha256": sample.sha256, "id": media.media_id}
        return {kind: {**file, **more}}

    return body


def _last_sent(writing: Writing) -> str:
    """The newest message sent to the customer."""
    return _newest(writing, ((send.to, send.wamid) for send in reversed(writing.state.sends.values())))


def _last_written(writing: Writing) -> str:
    """The newest message the customer wrote."""
    return _newest(writing, ((written.sender, written.wamid) for written in reversed(writing.state.written)))


def _newest(writing: Writing, messages: Iterable[tuple[str, str]]) -> str:
    """The first wamid that belongs to the customer, or one as if there had been a message."""
    user = {writing.customer.phone, writing.customer.bsuid}
    found = (wamid for name, wamid in messages if name in user)
    return next(found, None) or new_wamid(writing.customer.user)


def _answering(body: dict[str, Any]) -> Body:
    """A body that answers our last message."""

    def answer(writing: Writing) -> dict[str, Any]:
        return {"context": {"from": writing.number.digits, "id": _last_sent(writing)}, **body}

    return answer


def _constant(body: dict[str, Any]) -> Body:
    return lambda _writing: dict(body)


def _reaction(writing: Writing) -> dict[str, Any]:
    return {"reaction": {"message_id": _last_sent(writing), "emoji": "👍"}}


def _edit(writing: Writing) -> dict[str, Any]:
    edited = {"type": "text", "text": {"body": writing.text}}
    return {"edit": {"original_message_id": _last_written(writing), "message": edited}}


def _revoke(writing: Writing) -> dict[str, Any]:
    return {"revoke": {"original_message_id": _last_written(writing)}}


def _unsupported(_writing: Writing) -> dict[str, Any]:
    return {"errors": status_errors(131051, "this type of message is not supported")}


def _system(writing: Writing) -> dict[str, Any]:
    new_phone = "18095550198"
    return {
        "system": {
            "type": "user_changed_number",
            "body": "The user changed their phone number",
            "wa_id": new_phone,
            "user_id": bsuid_of("+" + new_phone),
            "previous_user_id": writing.customer.bsuid,
        }
    }


CONTACT_CARD: Final = {
    "name": {"formatted_name": "Luis Gómez", "first_name": "Luis"},
    "phones": [{"phone": "+1 809-555-0177", "type": "CELL", "wa_id": "18095550177"}],
}
PLACE: Final = {"latitude": 18.4861, "longitude": -69.9312, "name": "Santo Domingo"}
BUTTON_REPLY: Final = {"type": "button_reply", "button_reply": {"id": "paid", "title": "Ya pagué"}}
ORDERED: Final = {"product_retailer_id": "sku-1", "quantity": 2, "item_price": 12.5, "currency": "DOP"}

BODIES: Final[Mapping[str, Body]] = {
    "text": _text,
    "image": _media("image"),
    "video": _media("video"),
    "audio": _media("audio", voice=True),
    "document": _media("document", filename="payment.pdf"),
    "sticker": _media("sticker", animated=False),
    "location": _constant({"location": PLACE}),
    "contacts": _constant({"contacts": [CONTACT_CARD]}),
    "interactive": _answering({"interactive": BUTTON_REPLY}),
    "button": _answering({"button": {"payload": "paid", "text": "Ya pagué"}}),
    "order": _constant({"order": {"catalog_id": "1234567890", "product_items": [ORDERED]}}),
    "reaction": _reaction,
    "system": _system,
    "edit": _edit,
    "revoke": _revoke,
    "unsupported": _unsupported,
    "unknown": _unsupported,
    "request_welcome": _constant({}),
}
"""What a message of each type holds besides its common part."""
