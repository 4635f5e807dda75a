"""Where a gateway's file is asked for, and what may come of it."""

import base64
import io
from typing import Any

import pytest

from gateways.clients.by_kind import CLIENTS
from gateways.clients.failures import Refused
from gateways.clients.files import LARGEST_JSON, address_at, chat_of, write_base64
from gateways.kinds import Kind
from tests.whatsapp.graph_server import (
    html_answer,
    json_answer,
    raw_answer,
    reset_before_answering,
    reset_within_the_answer,
    serving,
)
from wire.failures import CallFailure, OutcomeUnknown
from wire.files import MediaRefusedError

TOLD: dict[str, Any] = {
    "id": "false_18095550123@c.us_3EB0",
    "from": "18095550123@c.us",
    "key": {"id": "3EB0"},
    "media": {"url": "http://localhost:3000/api/files/3EB0.pdf"},
}
PDF = base64.b64encode(b"%PDF-").decode()
FILES: dict[Kind, Any] = {
    Kind.WWEBJS: {"success": True, "messageMedia": {"mimetype": "application/pdf", "data": PDF}},
    Kind.EVOLUTION: {"base64": PDF, "mimetype": "application/pdf"},
    Kind.WPPCONNECT: {"base64": f"data:application/pdf;base64,{PDF}", "mimetype": "application/pdf"},
}


def fetch(kind: Kind, base_url: str, *, limit: int = 100, told: dict[str, Any] = TOLD) -> bytes:
    client = CLIENTS[kind](base_url=base_url, api_key="key", session_id="shop", connect_timeout=1)
    into = io.BytesIO()
    received = client.fetch_file(told, into, limit=limit)
    assert received.mime_type == "application/pdf"
    assert received.downloaded.size == len(into.getvalue())
    return into.getvalue()


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_comes_as_base64_is_written_as_its_bytes(kind: Kind) -> None:
    with serving(json_answer(200, FILES[kind])) as gateway:
        assert fetch(kind, gateway.url) == b"%PDF-"
        [request] = gateway.requests
    assert "shop" in request.path


def test_waha_is_asked_at_the_registered_address_with_its_key() -> None:
    with serving(raw_answer(200, b"%PDF-", **{"Content-Type": "application/pdf"})) as gateway:
        client = CLIENTS[Kind.WAHA](base_url=f"{gateway.url}/prefix", api_key="key", session_id="shop")
        into = io.BytesIO()
        client.fetch_file(TOLD, into, limit=100)
        [request] = gateway.requests
    assert (request.path, request.headers["X-Api-Key"]) == ("/prefix/api/files/3EB0.pdf", "key")
    assert into.getvalue() == b"%PDF-"


@pytest.mark.parametrize(
    "url", ["http://localhost:3000/x.pdf", "https://bucket.s3.example/1?X-Amz=1", "file:///etc/x", ""]
)
def test_what_is_no_file_of_the_gateway_is_refused(url: str) -> None:
    with pytest.raises(MediaRefusedError, match="foreign_host"):
        address_at("http://gateway", url)


@pytest.mark.parametrize(
    ("told", "chat"),
    [
        ({"id": "x", "from": "18095550123@c.us"}, "18095550123@c.us"),
        ({"id": {"remote": "1@lid", "fromMe": False}, "from": "2@c.us"}, "1@lid"),
        ({"id": {"remote": {"_serialized": "18095550123@c.us"}}}, "18095550123@c.us"),
        ({"fromMe": True, "from": "1@c.us", "to": "2@g.us"}, "2@g.us"),
    ],
)
def test_the_chat_is_that_of_the_message(told: dict[str, Any], chat: str) -> None:
    assert chat_of(told) == chat


@pytest.mark.parametrize("told", [{}, {"id": "x"}, {"from": "status@broadcast"}, {"from": "../../x"}])
def test_a_message_without_a_chat_has_no_file_that_can_be_asked_for(told: dict[str, Any]) -> None:
    with pytest.raises(MediaRefusedError, match="no_reference"):
        chat_of(told)


@pytest.mark.parametrize("kind", [Kind.WWEBJS, Kind.WAHA, Kind.EVOLUTION, Kind.WPPCONNECT])
def test_a_message_without_an_id_is_not_asked_for(kind: Kind) -> None:
    with pytest.raises(MediaRefusedError, match="no_reference"):
        fetch(kind, "http://127.0.0.1:1", told={})


@pytest.mark.parametrize("told", [None, "", "data:,", "no base64!", 7, {}])
def test_no_file_is_not_a_file_of_no_bytes(told: object) -> None:
    with pytest.raises(OutcomeUnknown, match="no_file"):
        write_base64(told, io.BytesIO(), 100)


@pytest.mark.parametrize("kind", [*FILES, Kind.WAHA])
def test_a_file_above_the_limit_is_refused(kind: Kind) -> None:
    answer = raw_answer(200, b"%PDF-") if kind is Kind.WAHA else json_answer(200, FILES[kind])
    with serving(answer) as gateway, pytest.raises(MediaRefusedError, match="too_large"):
        fetch(kind, gateway.url, limit=4)


def test_an_answer_that_does_not_end_is_not_read_for_ever() -> None:
    with serving(raw_answer(200, b" " * (LARGEST_JSON + 1))) as gateway, pytest.raises(MediaRefusedError):
        fetch(Kind.WWEBJS, gateway.url)


@pytest.mark.parametrize("kind", [*FILES, Kind.WAHA])
@pytest.mark.parametrize(
    "answer", [html_answer(500), reset_before_answering, reset_within_the_answer], ids=["500", "reset", "half"]
)
def test_whatever_fails_on_the_way_is_worth_another_try(kind: Kind, answer: Any) -> None:
    with serving(answer) as gateway, pytest.raises(CallFailure) as failed:
        fetch(kind, gateway.url)
    assert not isinstance(failed.value, Refused)


def test_a_refusal_is_a_refusal() -> None:
    with serving(json_answer(401, {})) as gateway, pytest.raises(Refused) as refused:
        fetch(Kind.WAHA, gateway.url)
    assert refused.value.http_status == 401
