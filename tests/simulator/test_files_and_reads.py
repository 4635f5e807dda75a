"""Our Graph client and the simulator understand each other about files and read marks."""

import io

import pytest

from simulator import defaults, sample_files
from tests.simulator.meta import CUSTOMER, Meta, message
from tests.simulator.receiver import Receiver
from whatsapp.graph import GraphClient, Refused
from whatsapp.graph_media import is_same_digest
from whatsapp.media_references import MEDIA_TYPES, media_reference
from whatsapp.outgoing_contents import read_mark


@pytest.fixture
def client(meta: Meta) -> GraphClient:
    return GraphClient(
        base_url=meta.address, version="v26.0", access_token=defaults.ACCESS_TOKEN, app_secret=defaults.APP_SECRET
    )


@pytest.mark.parametrize("kind", MEDIA_TYPES)
def test_what_a_customer_sends_can_be_downloaded_whole(
    meta: Meta, receiver: Receiver, client: GraphClient, kind: str
) -> None:
    meta.control("inbound", {"from": CUSTOMER, "type": kind})
    reference = media_reference(receiver.wait_for_messages()[0])
    assert reference is not None
    assert reference.sha256 is not None
    into = io.BytesIO()
    downloaded = client.download_media(client.media(reference.media_id), into, limit=100_000)
    assert into.getvalue() == sample_files.SAMPLES[kind].content
    assert is_same_digest(downloaded.sha256, reference.sha256)


def test_an_uploaded_file_can_be_sent(meta: Meta, client: GraphClient) -> None:
    media_id = client.upload_media(defaults.PHONE_NUMBER_ID, sample_files.PDF, "application/pdf", "pago.pdf")
    meta.customer_writes()
    meta.send(message("document", {"id": media_id, "filename": "pago.pdf"}))


def test_a_file_that_whatsapp_does_not_carry_is_refused(client: GraphClient) -> None:
    with pytest.raises(Refused) as refused:
        client.upload_media(defaults.PHONE_NUMBER_ID, b"<html>", "text/html", "a.html")
    assert refused.value.code == 100


@pytest.mark.parametrize("typing", [False, True])
def test_what_is_marked_as_read_is_told(meta: Meta, client: GraphClient, typing: bool) -> None:
    wamid = meta.control("inbound", {"from": CUSTOMER})["wamid"]
    client.mark_read(defaults.PHONE_NUMBER_ID, read_mark(wamid, typing=typing))
    assert meta.look("reads") == [{"wamid": wamid, "typing": typing}]


def test_our_own_messages_cannot_be_marked_as_read(meta: Meta, client: GraphClient) -> None:
    meta.customer_writes()
    wamid = meta.send(message("text", {"body": "Hola"}))
    with pytest.raises(Refused):
        client.mark_read(defaults.PHONE_NUMBER_ID, read_mark(wamid))
    assert meta.look("reads") == []
