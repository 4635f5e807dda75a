"""The product's clients against gateways as strict as their originals: what is sent, refused, lost."""

from collections.abc import Callable

import pytest

from gateways.clients.client import GatewayClient, OutgoingMedia
from gateways.clients.failures import GatewayFailure, NotSupported, Refused
from gateways.kinds import Kind
from tests.simulator.gateways.gateway import Gateway
from wire.failures import NotSent, OutcomeUnknown

Make = Callable[[Kind], Gateway]
Client = Callable[..., GatewayClient]
CUSTOMER = "+18095550123"
PDF = OutgoingMedia(
    type="document",
    link="https://example.com/1.pdf",
    mime_type="application/pdf",
    filename="1.pdf",
    caption="Invoice 1",
)


@pytest.mark.parametrize("kind", Kind)
def test_a_text_is_sent_once_and_answers_with_its_bare_id(gateway: Make, client: Client, kind: Kind) -> None:
    shop = gateway(kind)
    shop.connect()
    identity = client(kind).send_text(CUSTOMER, "Hola")
    (sent,) = shop.session()["sent"]
    assert (sent["id"], sent["chat"], sent["body"]) == (identity, "18095550123@c.us", "Hola")


@pytest.mark.parametrize("kind", Kind)
def test_a_document_is_sent_by_its_link_with_name_and_caption(gateway: Make, client: Client, kind: Kind) -> None:
    shop = gateway(kind)
    shop.connect()
    client(kind).send_media(CUSTOMER, PDF)
    (sent,) = shop.session()["sent"]
    assert (sent["type"], sent["body"], sent["file"]["url"], sent["file"]["filename"]) == (
        "document",
        "Invoice 1",
        PDF.link,
        "1.pdf",
    )


@pytest.mark.parametrize("kind", [Kind.WWEBJS, Kind.WAHA, Kind.EVOLUTION, Kind.WPPCONNECT])
def test_an_answer_goes_to_a_lid_when_no_number_is_known(gateway: Make, client: Client, kind: Kind) -> None:
    shop = gateway(kind)
    shop.connect()
    client(kind).send_text("98765432101234@lid", "Hola")
    assert shop.session()["sent"][0]["chat"] == "98765432101234@lid"


def failure(client: GatewayClient, to: str = CUSTOMER) -> GatewayFailure:
    with pytest.raises(GatewayFailure) as caught:
        client.send_text(to, "text-never-shown")
    assert "never-shown" not in str(caught.value)
    assert to[1:] not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("kind", Kind)
def test_a_session_that_is_not_connected_says_so(gateway: Make, client: Client, kind: Kind) -> None:
    gateway(kind).act("start")
    refusal = failure(client(kind))
    assert isinstance(refusal, Refused)
    assert refusal.verdict == "disconnected"


@pytest.mark.parametrize("kind", Kind)
def test_a_number_without_whatsapp_is_about_the_recipient(gateway: Make, client: Client, kind: Kind) -> None:
    gateway(kind).connect()
    refusal = failure(client(kind), to="+18095131026")
    assert isinstance(refusal, Refused)
    assert refusal.verdict == "recipient"


@pytest.mark.parametrize("kind", Kind)
def test_a_wrong_key_is_for_an_operator(gateway: Make, client: Client, kind: Kind) -> None:
    gateway(kind).connect()
    refusal = failure(client(kind, api_key="wrong-never-shown"))
    assert isinstance(refusal, Refused)
    assert refusal.verdict == "config"


@pytest.mark.parametrize("kind", Kind)
def test_a_session_the_gateway_does_not_know_is_for_an_operator(gateway: Make, client: Client, kind: Kind) -> None:
    gateway(kind)
    refusal = failure(client(kind, session_id="another"))
    assert isinstance(refusal, Refused)
    assert refusal.verdict == "config"


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(("fault", "sent"), [("lose_answer", 1), ("no_id", 1), ("http_500", 0)])
def test_what_is_not_clear_is_unknown_and_never_repeated(
    gateway: Make, client: Client, kind: Kind, fault: str, sent: int
) -> None:
    shop = gateway(kind)
    shop.connect()
    shop.faults(fault=fault)
    assert isinstance(failure(client(kind)), OutcomeUnknown)
    assert len(shop.session()["sent"]) == sent


@pytest.mark.parametrize("kind", Kind)
def test_too_many_requests_are_for_later(gateway: Make, client: Client, kind: Kind) -> None:
    shop = gateway(kind)
    shop.connect()
    shop.faults(fault="http_429")
    refusal = failure(client(kind))
    assert isinstance(refusal, Refused)
    assert refusal.verdict == "retry_later"


@pytest.mark.parametrize("kind", Kind)
def test_a_slow_answer_is_unknown(gateway: Make, client: Client, kind: Kind) -> None:
    shop = gateway(kind)
    shop.connect()
    shop.faults(fault="slow")
    assert isinstance(failure(client(kind, read_timeout=0.2)), OutcomeUnknown)


def test_what_never_left_says_so(client: Client) -> None:
    from gateways.clients.wwebjs import WwebjsClient

    nobody = WwebjsClient(base_url="http://127.0.0.1:1", api_key="k", session_id="shop")
    assert isinstance(failure(nobody), NotSent)


@pytest.mark.parametrize("kind", Kind)
def test_a_session_is_started_shown_scanned_and_logged_out(gateway: Make, client: Client, kind: Kind) -> None:
    shop, control = gateway(kind), client(kind)
    control.start()
    assert control.qr() == shop.session()["qr"]
    shop.act("scan")
    assert control.state() == "session_connected"
    assert control.qr() is None
    control.log_out()
    assert control.state() in ("session_not_connected", "stopped")


@pytest.mark.parametrize("kind", Kind)
def test_a_pairing_code_takes_the_place_of_a_qr(gateway: Make, client: Client, kind: Kind) -> None:
    gateway(kind).act("start")
    assert len(client(kind).pairing_code(CUSTOMER)) == 8


@pytest.mark.parametrize("kind", [Kind.WWEBJS, Kind.WAHA, Kind.WPPCONNECT])
def test_a_session_is_stopped_where_the_gateway_can(gateway: Make, client: Client, kind: Kind) -> None:
    shop = gateway(kind)
    shop.connect()
    client(kind).stop()
    assert shop.session()["state"] == "stopped"


@pytest.mark.parametrize("kind", [Kind.WWEBJS, Kind.WAHA, Kind.EVOLUTION])
def test_a_session_is_restarted_where_the_gateway_can(gateway: Make, client: Client, kind: Kind) -> None:
    shop = gateway(kind)
    shop.connect()
    client(kind).restart()
    assert shop.session()["state"] == "scan"


def test_what_a_gateway_cannot_do_is_said(client: Client) -> None:
    with pytest.raises(NotSupported):
        client(Kind.EVOLUTION).stop()
    with pytest.raises(NotSupported):
        client(Kind.WPPCONNECT).restart()


def test_a_key_stands_in_no_repr(client: Client) -> None:
    assert "never-shown" not in repr(client(Kind.WAHA, api_key="key-never-shown"))
