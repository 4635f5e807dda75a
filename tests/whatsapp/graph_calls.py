"""A client of the Graph API and its sends, as the tests of its wire make them."""

import traceback
from typing import Any

import pytest

from tests.whatsapp.graph_server import Answer, serving
from whatsapp.graph import GraphClient, GraphFailure, SendAnswer
from whatsapp.outgoing import text_message

TOKEN = "EAAGtoken-never-shown"
APP_SECRET = "app-secret-never-shown"
PHONE = "18295550142"
TEXT = "body-never-shown"
SENT = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": f"+{PHONE}", "wa_id": PHONE}],
    "messages": [{"id": "wamid.OUT1"}],
}
MESSAGE = text_message(PHONE, TEXT)


def client_for(url: str, **more: Any) -> GraphClient:
    settings: dict[str, Any] = {"version": "v26.0", "access_token": TOKEN, "app_secret": None, **more}
    return GraphClient(base_url=url, **settings)


def send(client: GraphClient) -> SendAnswer:
    return client.send_message("106540352242922", MESSAGE)


def failure_of(*answers: Answer, calls: int = 1, **more: Any) -> GraphFailure:
    """Return what a send raises; the server must have seen exactly this many requests."""
    with serving(*answers) as server:
        with pytest.raises(GraphFailure) as caught:
            send(client_for(server.url, app_secret=APP_SECRET, **more))
        assert len(server.requests) == calls
    assert_tells_no_secret(caught.value)
    return caught.value


def assert_tells_no_secret(failure: GraphFailure) -> None:
    shown = "".join((str(failure), repr(failure), *traceback.format_exception(failure)))
    assert not any(secret in shown for secret in (TOKEN, APP_SECRET, PHONE, TEXT, "appsecret_proof="))
    assert failure.__context__ is None
