"""Files at Meta (reference 6.8): fresh addresses, Meta's hosts only, limits, digests, uploads."""

import base64
import hashlib
import io
from typing import Any

import pytest

from tests.whatsapp.graph_server import (
    Answer,
    Handler,
    Request,
    json_answer,
    raw_answer,
    refused_port,
    reset_within_the_answer,
    serving,
)
from whatsapp.graph import GraphClient, GraphFailure, NotSent, OutcomeUnknown, Refused
from whatsapp.graph_media import MediaFacts, check_media_url, is_same_digest
from wire.files import MediaRefusedError

TOKEN = "EAAGtoken-never-shown"
FILE = b"%PDF-1.4 the whole of it" * 1000
DIGEST = hashlib.sha256(FILE).hexdigest()
LARGE = 10_000_000


def client_for(url: str, **more: Any) -> GraphClient:
    settings: dict[str, Any] = {"version": "v26.0", "access_token": TOKEN, "app_secret": None, **more}
    return GraphClient(base_url=url, **settings)


def facts_of(url: str) -> MediaFacts:
    return MediaFacts(url, None, None, None)


def answering(facts: dict[str, Any]) -> Answer:
    """Answers a look-up with an address of this very server, and that address with the file."""

    def answer(handler: Handler, request: Request) -> None:
        if request.path.startswith("/file/"):
            handler.reply(200, FILE, "application/pdf")
        else:
            json_answer(200, {"url": f"{handler.server.url}/file/7?ext=1", **facts})(handler, request)

    return answer


def test_a_file_is_looked_up_and_downloaded_with_the_token_of_its_channel() -> None:
    into = io.BytesIO()
    with serving(answering({"mime_type": "application/pdf", "sha256": DIGEST, "file_size": len(FILE)})) as server:
        client = client_for(server.url)
        facts = client.media("7")
        downloaded = client.download_media(facts, into, limit=LARGE)
    assert (facts.mime_type, facts.sha256, facts.size) == ("application/pdf", DIGEST, len(FILE))
    assert into.getvalue() == FILE
    assert (downloaded.size, downloaded.sha256) == (len(FILE), DIGEST)
    look_up, download = server.requests
    assert look_up.path == "/v26.0/7"
    assert {one.headers["Authorization"] for one in (look_up, download)} == {f"Bearer {TOKEN}"}


def test_a_look_up_without_an_address_is_no_file() -> None:
    with serving(json_answer(200, {"id": "7"})) as server, pytest.raises(OutcomeUnknown):
        client_for(server.url).media("7")


def test_an_id_that_has_expired_is_refused() -> None:
    with serving(json_answer(400, {"error": {"code": 100, "error_subcode": 33}})) as server, pytest.raises(Refused):
        client_for(server.url).media("7")


FOREIGN = [
    "http://169.254.169.254/latest/meta-data",
    "https://lookaside.fbsbx.com.evil.test/x",
    "https://lookaside.fbsbx.com@evil.test/x",
    "https://lookaside.fbsbx.com:8443/x",
    "http://lookaside.fbsbx.com/x",
    "file:///etc/passwd",
    "//lookaside.fbsbx.com/x",
    "https://127.0.0.1:1/x",
    "",
]


@pytest.mark.parametrize("url", FOREIGN)
def test_the_token_goes_to_no_foreign_host(url: str) -> None:
    with serving(raw_answer(200, FILE)) as server:
        with pytest.raises(MediaRefusedError) as refused:
            client_for(server.url).download_media(facts_of(url), io.BytesIO(), limit=LARGE)
        assert server.requests == []
    assert refused.value.reason == "foreign_host"


@pytest.mark.parametrize(
    "url", ["https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=7", "https://graph.facebook.com/x"]
)
def test_metas_own_hosts_are_taken(url: str) -> None:
    check_media_url(url, "https://graph.facebook.com/v26.0")


def test_a_redirect_is_not_followed() -> None:
    with serving(raw_answer(302, b"", Location="http://127.0.0.1:1/")) as server:
        with pytest.raises(OutcomeUnknown):
            client_for(server.url).download_media(facts_of(f"{server.url}/file"), io.BytesIO(), limit=LARGE)
        assert len(server.requests) == 1


def test_a_file_above_the_limit_is_given_up_on_its_way() -> None:
    into = io.BytesIO()
    with serving(raw_answer(200, b"x" * 3_000_000)) as server, pytest.raises(MediaRefusedError) as refused:
        client_for(server.url).download_media(facts_of(f"{server.url}/file"), into, limit=100_000)
    assert refused.value.reason == "too_large"
    assert len(into.getvalue()) <= 100_000


@pytest.mark.parametrize("answer", [raw_answer(404, b""), raw_answer(500, b"busy"), reset_within_the_answer])
def test_an_answer_that_is_no_whole_file_is_worth_another_try(answer: Answer) -> None:
    with serving(answer) as server, pytest.raises(OutcomeUnknown) as unknown:
        client_for(server.url).download_media(facts_of(f"{server.url}/file"), io.BytesIO(), limit=LARGE)
    assert TOKEN not in repr(unknown.value)


def test_nobody_there_is_worth_another_try() -> None:
    url = f"http://127.0.0.1:{refused_port()}"
    with pytest.raises(GraphFailure) as failure:
        client_for(url).download_media(facts_of(f"{url}/file"), io.BytesIO(), limit=LARGE)
    assert isinstance(failure.value, NotSent | OutcomeUnknown)


@pytest.mark.parametrize(
    ("told", "is_same"),
    [
        (DIGEST, True),
        (DIGEST.upper(), True),
        (base64.b64encode(bytes.fromhex(DIGEST)).decode(), True),
        ("0" * 64, False),
        (base64.b64encode(bytes(32)).decode(), False),
        ("not base64!", False),
        ("", False),
    ],
)
def test_a_digest_is_compared_in_both_forms_meta_uses(told: str, is_same: bool) -> None:
    assert is_same_digest(DIGEST, told) is is_same


def test_an_upload_is_one_form_and_brings_an_id() -> None:
    with serving(json_answer(200, {"id": "77"})) as server:
        client = client_for(server.url, app_secret="secret")
        assert client.upload_media("106540352242922", FILE, "application/pdf", "pago ñ.pdf") == "77"
    [request] = server.requests
    assert request.path == "/v26.0/106540352242922/media"
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert "appsecret_proof" in request.query
    assert FILE in request.body
    assert b'name="messaging_product"\r\n\r\nwhatsapp' in request.body


def test_an_upload_that_brings_no_id_is_no_upload() -> None:
    with serving(json_answer(200, {})) as server, pytest.raises(OutcomeUnknown):
        client_for(server.url).upload_media("1", FILE, "application/pdf", "a.pdf")


def test_a_message_is_marked_as_read() -> None:
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.IN1"}
    with serving(json_answer(200, {"success": True})) as server:
        client_for(server.url).mark_read("106540352242922", mark)
    [request] = server.requests
    assert request.path == "/v26.0/106540352242922/messages"
    assert b'"status":"read"' in request.body


def test_a_read_mark_that_meta_refuses_is_told() -> None:
    with serving(json_answer(400, {"error": {"code": 131009}})) as server, pytest.raises(Refused):
        client_for(server.url).mark_read("1", {})
