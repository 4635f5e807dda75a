"""What the Graph client sends, against real sockets (reference 6, 7.2)."""

import hashlib
import hmac
import time

import orjson
import pytest

from tests.whatsapp.graph_calls import APP_SECRET, MESSAGE, PHONE, SENT, TEXT, TOKEN, client_for, send
from tests.whatsapp.graph_server import json_answer, serving
from whatsapp.graph import SendAnswer


def test_a_send_is_one_post_with_token_and_pinned_version() -> None:
    with serving(json_answer(200, SENT)) as server:
        answer = send(client_for(server.url))
    assert answer == SendAnswer("wamid.OUT1", None, PHONE, None, 200)
    (request,) = server.requests
    assert (request.method, request.path, request.query) == ("POST", "/v26.0/106540352242922/messages", {})
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Content-Length"] == str(len(request.body))
    assert orjson.loads(request.body) == MESSAGE
    assert orjson.loads(request.body)["to"] == f"+{PHONE}"


def test_with_an_app_secret_every_call_proves_it_with_the_present_time() -> None:
    before = int(time.time())
    with serving(json_answer(200, SENT)) as server:
        send(client_for(server.url, app_secret=APP_SECRET))
        client_for(server.url, app_secret=APP_SECRET).phone_number("1", ["id"])
    for request in server.requests:
        at = request.query["appsecret_time"]
        proof = hmac.new(APP_SECRET.encode(), f"{TOKEN}|{at}".encode(), hashlib.sha256).hexdigest()
        assert request.query["appsecret_proof"] == proof
        assert before <= int(at) <= time.time()


def test_the_proof_has_metas_timed_form() -> None:
    with serving(json_answer(200, SENT)) as server:
        send(
            client_for(server.url, access_token="test_token", app_secret="test_app_secret", clock=lambda: 1763700000.9)
        )
    assert server.requests[0].query == {
        "appsecret_proof": "20d7deea9b5c5a193fdc9cccb333b241455a8a2cf2c4cb657352230a1dc2b99a",
        "appsecret_time": "1763700000",
    }


@pytest.mark.parametrize("app_secret", [None, ""])
def test_without_an_app_secret_nothing_is_proved(app_secret: str | None) -> None:
    with serving(json_answer(200, SENT)) as server:
        send(client_for(server.url, app_secret=app_secret))
    assert server.requests[0].query == {}


def test_a_token_pasted_with_line_ends_works() -> None:
    with serving(json_answer(200, SENT)) as server:
        send(client_for(server.url, access_token=f" {TOKEN}\r\n"))
    assert server.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_an_id_cannot_lead_to_another_path() -> None:
    with serving(json_answer(200, SENT)) as server:
        client_for(server.url).send_message("../1?x=", MESSAGE)
    assert server.requests[0].path == "/v26.0/..%2F1%3Fx%3D/messages"


def test_no_repr_shows_a_secret() -> None:
    with serving(json_answer(200, SENT)) as server:
        client = client_for(server.url, app_secret=APP_SECRET)
        shown = repr(client) + str(client) + repr(send(client))
    assert not any(secret in shown for secret in (TOKEN, APP_SECRET, PHONE, TEXT))
