"""Full lives of sessions in every dialect, as the product's readers and proofs understand them."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from gateways.items import Ack, Call, Item, Message, SessionEvent, Unhandled
from gateways.kinds import CAPABILITIES, Kind
from gateways.proofs import claim, matching_secret
from gateways.state_machine import HeardSignal, SessionState, transitions
from simulator.gateways.world import SECRET
from tests.simulator.gateways.gateway import Gateway

Make = Callable[[Kind], Gateway]
CUSTOMER = "+18095550123"


def state_of(items: list[Item]) -> SessionState:
    now = datetime.now(UTC)
    heard = [
        HeardSignal(item.signal, item.at, now, f"{number:06}")
        for number, item in enumerate(items)
        if isinstance(item, SessionEvent)
    ]
    return transitions(heard)[-1].after


@pytest.mark.parametrize("kind", Kind)
def test_a_session_goes_from_qr_to_connected_to_messages_and_back(gateway: Make, kind: Kind) -> None:
    shop = gateway(kind)
    shop.act("start")
    assert state_of(shop.items()) == "qr_generated"
    shop.act("scan")
    assert state_of(shop.items()) == "session_connected"
    shop.act("inbound", **{"from": CUSTOMER, "body": "Hola"})
    messages = [item for item in shop.items() if isinstance(item, Message)]
    assert {(item.phone, item.text, item.from_me) for item in messages} == {(CUSTOMER, "Hola", False)}
    assert len({item.key for item in messages}) == 1
    shop.act("lose", reason="LOGOUT")
    assert state_of(shop.items()) in ("session_not_connected", "auth_failure")


@pytest.mark.parametrize("kind", Kind)
def test_every_body_of_a_whole_life_is_understood(gateway: Make, kind: Kind) -> None:
    shop = gateway(kind)
    shop.connect()
    written = shop.act("inbound", **{"from": CUSTOMER})["id"]
    shop.act("inbound", **{"from": CUSTOMER, "type": "document", "file": True, "body": "Paid"})
    for act in ("edit", "revoke", "reaction"):
        shop.act(act, id=written, text="👍")
    shop.act("call", **{"from": CUSTOMER})
    shop.act("refuse")
    items = shop.items()
    assert not [item for item in items if isinstance(item, Unhandled)]
    assert {item.type for item in items if isinstance(item, Message)} >= {"text", "document", "revoke", "reaction"}
    assert [item.phone for item in items if isinstance(item, Call)] == [CUSTOMER]


@pytest.mark.parametrize("kind", Kind)
def test_every_webhook_carries_its_gateways_proof(gateway: Make, kind: Kind) -> None:
    shop = gateway(kind)
    shop.connect()
    shop.items()
    proof = CAPABILITIES[kind].proofs[0]
    for post in shop.receiver.posts:
        (secret,) = parse_qs(urlsplit(post.path).query)["secret"]
        claimed = claim(proof, post.headers, secret)
        assert claimed is not None
        assert matching_secret(proof, claimed, post.body, [SECRET]) == 0


@pytest.mark.parametrize("kind", Kind)
def test_acks_climb_for_a_message_that_was_sent(gateway: Make, client: Callable, kind: Kind) -> None:
    shop = gateway(kind)
    shop.connect()
    identity = client(kind).send_text(CUSTOMER, "Your invoice")
    shop.meta.wait(lambda: shop.session()["sent"][0]["ack"] == 3)
    acks = [item for item in shop.items() if isinstance(item, Ack)]
    assert [(item.message_id, item.status) for item in acks] == [
        (identity, "sent"),
        (identity, "delivered"),
        (identity, "read"),
    ]


@pytest.mark.parametrize("kind", Kind)
def test_disorder_and_doubles_come_when_asked_for(gateway: Make, kind: Kind) -> None:
    shop = gateway(kind)
    shop.act("start")
    shop.items()
    shop.receiver.forget()
    shop.faults(events={"duplicate": 3, "shuffle": True})
    shop.act("scan")
    items = [item for item in shop.items() if isinstance(item, SessionEvent)]
    assert len(items) == 3 * len({item.key for item in items})
    assert state_of(list(items)) == "session_connected"


@pytest.mark.parametrize(
    ("kind", "again"), [(Kind.WAHA, True), (Kind.EVOLUTION, True), (Kind.WWEBJS, False), (Kind.WPPCONNECT, False)]
)
def test_only_gateways_that_try_again_try_again(gateway: Make, kind: Kind, again: bool) -> None:
    shop = gateway(kind)
    shop.receiver.answers.extend([503] * 8)
    shop.act("start")
    assert bool(shop.items()) is again


def test_evolution_gives_up_on_a_refusal(gateway: Make) -> None:
    shop = gateway(Kind.EVOLUTION)
    shop.receiver.answers.extend([401] * 2)
    shop.act("start")
    assert shop.items() == []


def test_held_events_leave_when_they_are_let_go(gateway: Make) -> None:
    shop = gateway(Kind.WWEBJS)
    shop.faults(events={"hold": True})
    shop.act("start")
    assert shop.items() == []
    shop.faults(events={"hold": False})
    assert state_of(shop.items()) == "qr_generated"
