"""How far our messages have come, as each dialect tells it (S3.16 to S3.21, D2, D3)."""

from collections.abc import Callable
from typing import Any

import pytest

from gateways.items import Ack, OtherEvent, Unhandled
from gateways.kinds import Kind
from tests.gateways.bodies import (
    PERSON,
    PHONE,
    body_of,
    evolution,
    flat_message,
    waha,
    waha_message,
    web_message,
    wppconnect,
    wwebjs,
)
from tests.gateways.reading import ID, only

ACKS: list[tuple[Kind, Callable[[int], bytes]]] = [
    (
        Kind.FOUNDING,
        lambda ack: body_of({"event": "message_ack", "data": {"message": web_message(from_me=True), "ack": ack}}),
    ),
    (Kind.WWEBJS, lambda ack: wwebjs("message_ack", {"message": web_message(from_me=True), "ack": ack})),
    (Kind.WAHA, lambda ack: waha("message.ack", waha_message(from_me=True, ack=ack), event_id=f"evt_{ack}")),
    (Kind.WPPCONNECT, lambda ack: wppconnect("onack", **flat_message(from_me=True, ack=ack))),
]


@pytest.mark.parametrize(("kind", "build"), ACKS)
def test_acks_from_minus_one_to_four_climb_the_one_ladder(kind: Kind, build: Callable[[int], bytes]) -> None:
    """S3.18."""
    items = [only(kind, build(ack)) for ack in range(-1, 5)]
    assert [item.status for item in items if isinstance(item, Ack)] == [
        "failed",
        "accepted",
        "sent",
        "delivered",
        "read",
        "played",
    ]
    assert {item.message_id for item in items if isinstance(item, Ack)} == {ID}
    assert len({item.key for item in items}) == 6


@pytest.mark.parametrize(("kind", "build"), ACKS)
@pytest.mark.parametrize("ack", [5, -2, "two", None, 1.5])
def test_an_ack_off_the_ladder_is_malformed(kind: Kind, build: Callable[[Any], bytes], ack: Any) -> None:
    item = only(kind, build(ack))
    assert isinstance(item, Unhandled)
    assert item.reason == "malformed_item"


@pytest.mark.parametrize(
    ("word", "status"),
    [("ERROR", "failed"), ("PENDING", "accepted"), ("SERVER_ACK", "sent"), ("DELIVERY_ACK", "delivered"), ("READ", "read"), ("PLAYED", "played"), ("DELIVERED", "delivered")],
)  # fmt: skip
def test_evolution_says_acks_in_words(word: str, status: str) -> None:
    update = {"keyId": ID, "remoteJid": "18095550199@s.whatsapp.net", "fromMe": True, "status": word}
    item = only(Kind.EVOLUTION, evolution("messages.update", update))
    assert isinstance(item, Ack)
    assert (item.message_id, item.status, item.phone) == (ID, status, PHONE)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.WWEBJS, wwebjs("message_ack", {"message": web_message(), "ack": 3})),
        (Kind.WAHA, waha("message.ack", waha_message(ack=3))),
        (
            Kind.EVOLUTION,
            evolution("messages.update", {"keyId": ID, "remoteJid": PERSON, "fromMe": False, "status": "READ"}),
        ),
        (Kind.WPPCONNECT, wppconnect("onack", **flat_message(ack=3))),
    ],
)
def test_that_we_read_a_customers_message_is_no_receipt(kind: Kind, body: bytes) -> None:
    assert isinstance(only(kind, body), OtherEvent)
