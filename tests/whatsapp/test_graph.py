"""The Graph client against real sockets: what left, what did not, what nobody can know (reference 6, 7.2, 9, 10)."""

import hashlib
import hmac
import socket
import struct
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
import requests

from tests.whatsapp.graph_server import (
    Answer,
    accepting,
    close_before_answering,
    html_answer,
    json_answer,
    raw_answer,
    refused_port,
    reset_before_answering,
    reset_within_the_answer,
    serving,
    stall_before,
    stall_within,
)
from whatsapp.errors import Verdict
from whatsapp.graph import GraphClient, GraphFailure, NotSent, OutcomeUnknown, Refused, SendAnswer, build_session
from whatsapp.outgoing import text_message
from wire.exchange import SENDING_THREADS

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


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


# What is sent


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


def test_a_proxy_named_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{refused_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{refused_port()}")
    with serving(json_answer(200, SENT)) as server:
        assert send(client_for(server.url)).wamid == "wamid.OUT1"


def test_calls_share_one_connection() -> None:
    session = build_session()
    with serving(json_answer(200, SENT)) as server:
        for _ in range(5):
            send(client_for(server.url, session=session))
        assert server.connections == 1


def test_32_threads_send_over_32_connections_that_are_kept() -> None:
    client_session = build_session()
    barrier = threading.Barrier(SENDING_THREADS)

    def answer_together(handler: Any, request: Any) -> None:
        barrier.wait(20)
        handler.reply(200, orjson.dumps(SENT))

    with serving(answer_together) as server, ThreadPoolExecutor(SENDING_THREADS) as threads:
        client = client_for(server.url, session=client_session)
        for _ in range(2):
            answers = list(threads.map(lambda _: send(client), range(SENDING_THREADS)))
            assert len(answers) == SENDING_THREADS
        assert server.connections == SENDING_THREADS


# What Meta answers


@pytest.mark.parametrize("status", ["accepted", "held_for_quality_assessment", "paused"])
def test_the_pacing_of_a_template_is_told(status: str) -> None:
    with serving(json_answer(200, {**SENT, "messages": [{"id": "wamid.OUT1", "message_status": status}]})) as server:
        assert send(client_for(server.url)).message_status == status


def test_a_send_to_a_bsuid_is_answered_with_it() -> None:
    contacts = [{"input": "DO.7F3kQ9ab41", "user_id": "DO.7F3kQ9ab41"}]
    with serving(json_answer(200, {**SENT, "contacts": contacts})) as server:
        answer = client_for(server.url).send_message("1", text_message(None, "x", recipient="DO.7F3kQ9ab41"))
    assert (answer.wa_id, answer.bsuid) == (None, "DO.7F3kQ9ab41")


@pytest.mark.parametrize("contacts", [None, [], [None], {}])
def test_a_wamid_is_enough(contacts: Any) -> None:
    with serving(json_answer(200, {**SENT, "contacts": contacts})) as server:
        assert send(client_for(server.url)).wamid == "wamid.OUT1"


ERROR = {
    "message": f"(#131030) Recipient phone number not in allowed list {PHONE}",
    "type": "OAuthException",
    "code": 131030,
    "error_data": {"messaging_product": "whatsapp", "details": f"{PHONE} is not in the list"},
    "error_subcode": 2494010,
    "is_transient": False,
    "error_user_title": "Title",
    "error_user_msg": f"Add {PHONE}",
    "fbtrace_id": "AbC123",
}


def test_a_refusal_tells_everything_meta_said_but_not_in_its_text() -> None:
    refused = failure_of(json_answer(400, {"error": ERROR}))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.subcode, refused.http_status) == (131030, 2494010, 400)
    assert (refused.title, refused.details) == (ERROR["message"], f"{PHONE} is not in the list")
    assert (refused.user_message, refused.fbtrace_id, refused.is_transient) == (f"Add {PHONE}", "AbC123", False)
    assert refused.rule.verdict is Verdict.CONFIG
    assert "131030" in str(refused)
    assert "AbC123" in str(refused)


@pytest.mark.parametrize(
    ("status", "error", "verdict"),
    [
        (400, {"code": 131056}, Verdict.RETRY_LATER),
        (401, {"code": 190, "error_subcode": 463}, Verdict.CONFIG),
        (404, {"code": 132001}, Verdict.CONFIG),
        (400, {"code": 132000}, Verdict.PERMANENT),
        (400, {"code": 131026, "error_data": "plain text"}, Verdict.RECIPIENT),
        (500, {"code": 3}, Verdict.CONFIG),
        (500, {"code": 131045}, Verdict.CONFIG),
        (500, {"code": 131016}, Verdict.RETRY),
        (503, {"code": 2, "is_transient": True}, Verdict.RETRY),
        (400, {"code": 424242, "is_transient": True}, Verdict.RETRY),
        (400, {"code": 424242}, Verdict.PERMANENT),
        (400, {}, Verdict.PERMANENT),
        (429, {"code": 100}, Verdict.RETRY_LATER),
    ],
)
def test_a_graph_error_is_a_refusal_under_any_http_status(status: int, error: Any, verdict: Verdict) -> None:
    refused = failure_of(json_answer(status, {"error": error}))
    assert isinstance(refused, Refused)
    assert (refused.http_status, refused.code, refused.rule.verdict) == (status, error.get("code"), verdict)


def test_error_data_as_plain_text_is_the_details() -> None:
    refused = failure_of(json_answer(400, {"error": {"code": 100, "error_data": "plain text"}}))
    assert isinstance(refused, Refused)
    assert refused.details == "plain text"


def test_a_131000_answer_may_have_sent_the_message() -> None:
    refused = failure_of(json_answer(500, {"error": {"code": 131000}}))
    assert isinstance(refused, Refused)
    assert refused.rule.uncertain


def test_429_from_whatever_stands_before_the_graph_api_is_a_rate_limit() -> None:
    refused = failure_of(html_answer(429))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.rule.verdict) == (None, Verdict.RETRY_LATER)


# What nobody can know: never repeated


@pytest.mark.parametrize(
    ("answer", "reason", "http_status"),
    [
        pytest.param(html_answer(500), "server_error", 500, id="500 html"),
        pytest.param(html_answer(502), "server_error", 502, id="502 html"),
        pytest.param(html_answer(503), "server_error", 503, id="503 html"),
        pytest.param(json_answer(504, {"message": "timeout"}), "server_error", 504, id="504 other json"),
        pytest.param(json_answer(500, {"error": "x"}), "server_error", 500, id="500 error as text"),
        pytest.param(html_answer(200), "not_json", 200, id="200 html"),
        pytest.param(raw_answer(200, b""), "not_json", 200, id="200 empty"),
        pytest.param(raw_answer(200, b'{"messages": [{"id": "wam'), "not_json", 200, id="200 cut json"),
        pytest.param(json_answer(200, [SENT]), "not_json", 200, id="200 list"),
        pytest.param(html_answer(400), "not_json", 400, id="400 html"),
        pytest.param(json_answer(404, {"detail": "?"}), "unexpected_answer", 404, id="404 other json"),
        pytest.param(json_answer(200, {}), "no_message_id", 200, id="200 empty object"),
        pytest.param(json_answer(200, {"messages": []}), "no_message_id", 200, id="200 no messages"),
        pytest.param(json_answer(200, {"messages": [{"id": 5}]}), "no_message_id", 200, id="200 id no text"),
        pytest.param(json_answer(200, {**SENT, "error": {"code": 1}}), "error_in_success", 200, id="200 error"),
        pytest.param(raw_answer(307, b"{}", Location="/elsewhere"), "unexpected_answer", 307, id="redirect"),
    ],
)
def test_an_answer_that_says_neither_yes_nor_no_leaves_the_outcome_unknown(
    answer: Answer, reason: str, http_status: int
) -> None:
    failure = failure_of(answer)
    assert isinstance(failure, OutcomeUnknown)
    assert (failure.reason, failure.http_status) == (reason, http_status)


@pytest.mark.parametrize("answer", [reset_before_answering, close_before_answering, reset_within_the_answer])
def test_a_connection_lost_after_the_send_leaves_the_outcome_unknown(answer: Answer) -> None:
    failure = failure_of(answer)
    assert isinstance(failure, OutcomeUnknown)
    assert (failure.reason, failure.http_status) == ("connection_lost", None)


@pytest.mark.parametrize("stall", [stall_before, stall_within])
def test_an_answer_that_is_too_slow_leaves_the_outcome_unknown(stall: Any, release: threading.Event) -> None:
    failure = failure_of(stall(release), read_timeout=0.2)
    assert isinstance(failure, OutcomeUnknown)
    assert failure.reason == "read_timeout"


def test_a_kept_connection_reset_by_the_next_send_leaves_the_outcome_unknown() -> None:
    with serving(json_answer(200, SENT), reset_before_answering) as server:
        client = client_for(server.url)
        send(client)
        with pytest.raises(OutcomeUnknown):
            send(client)
        assert (len(server.requests), server.connections) == (2, 1)


def test_a_server_that_resets_before_it_reads_leaves_the_outcome_unknown_and_is_not_asked_again() -> None:
    """Part of the request was handed to the socket: only the server knows how much it took."""

    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.recv(1)
        connection.close()

    with accepting(reset) as server:
        with pytest.raises(OutcomeUnknown) as caught:
            send(client_for(f"http://127.0.0.1:{server.port}"))
        assert len(server.connections) == 1
    assert_tells_no_secret(caught.value)


# What provably did not leave: repeated twice


def not_sent_by(url: str, **more: Any) -> tuple[NotSent, float]:
    started = time.monotonic()
    with pytest.raises(NotSent) as caught:
        send(client_for(url, app_secret=APP_SECRET, **more))
    assert_tells_no_secret(caught.value)
    return caught.value, time.monotonic() - started


def test_a_refused_connection_is_tried_three_times_within_a_second_or_so() -> None:
    failure, seconds = not_sent_by(f"http://127.0.0.1:{refused_port()}")
    assert failure.reason == "refused"
    assert 0.8 <= seconds < 3


def test_a_process_that_stops_tries_nothing_again() -> None:
    failure, seconds = not_sent_by(f"http://127.0.0.1:{refused_port()}", gives_up=lambda: True)
    assert failure.reason == "refused"
    assert seconds < 0.2


def test_a_host_without_an_address_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_address(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    assert not_sent_by("http://graph.invalid")[0].reason == "dns"


def test_a_connection_that_is_not_accepted_in_time_is_not_sent() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        failure, _ = not_sent_by(f"http://127.0.0.1:{port}", connect_timeout=0.1)
        for filler in fillers:
            filler.close()
    assert failure.reason == "connect_timeout"


def test_a_failed_tls_handshake_is_not_sent_and_tried_three_times() -> None:
    with accepting(lambda connection: connection.sendall(b"no TLS here\r\n")) as server:
        failure, _ = not_sent_by(f"https://127.0.0.1:{server.port}")
        assert len(server.connections) == 3
    assert failure.reason == "tls"


def test_a_connection_reset_within_the_tls_handshake_is_not_sent() -> None:
    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.recv(1)
        connection.close()

    with accepting(reset) as server:
        not_sent_by(f"https://127.0.0.1:{server.port}")
        assert len(server.connections) == 3


def test_an_address_that_is_none_is_not_sent() -> None:
    assert not_sent_by("graph.example")[0].reason == "not_connected"


class NoticingSession(requests.Session):
    """Tells when a connection was refused."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = threading.Event()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        try:
            return super().send(request, **kwargs)
        except requests.ConnectionError:
            self.refused.set()
            raise


def test_a_server_that_comes_up_meanwhile_gets_the_message_once() -> None:
    session, port = NoticingSession(), refused_port()
    client = client_for(f"http://127.0.0.1:{port}", session=session, app_secret=APP_SECRET)
    with ThreadPoolExecutor(1) as threads:
        sending = threads.submit(send, client)
        assert session.refused.wait(10)
        with serving(json_answer(200, SENT), port=port) as server:
            assert sending.result(10).wamid == "wamid.OUT1"
            assert len(server.requests) == 1


# Reading


def page(names: list[str], following: str | None) -> Answer:
    paging = {"cursors": {"after": "c"}, **({"next": following} if following else {})}
    return json_answer(200, {"data": [{"name": name} for name in names], "paging": paging})


def test_templates_of_all_pages_are_read() -> None:
    def first(handler: Any, request: Any) -> None:
        host = request.headers["Host"]
        page(["a", "b"], f"http://{host}/v26.0/9/message_templates?access_token={TOKEN}&after=c%3D1")(handler, request)

    with serving(first, page(["c"], None)) as server:
        templates = client_for(server.url, app_secret=APP_SECRET).message_templates("9")
    assert [template["name"] for template in templates] == ["a", "b", "c"]
    assert [request.path for request in server.requests] == ["/v26.0/9/message_templates"] * 2
    assert "components" in server.requests[0].query["fields"]
    assert "after" not in server.requests[0].query
    assert server.requests[1].query["after"] == "c=1"
    assert all("access_token" not in request.query for request in server.requests)
    assert all(request.headers["Authorization"] == f"Bearer {TOKEN}" for request in server.requests)


@pytest.mark.parametrize(
    "following", ["http://evil.example/v26.0/9/message_templates?after=c", "file:///etc/passwd?after=c", "/x?after=c"]
)
def test_a_page_of_another_host_is_never_asked_for(following: str) -> None:
    with serving(page(["a"], following)) as server:
        with pytest.raises(OutcomeUnknown, match="foreign_page"):
            client_for(server.url).message_templates("9")
        assert len(server.requests) == 1


def test_pages_without_end_are_given_up() -> None:
    def same_again(handler: Any, request: Any) -> None:
        page(["a"], f"http://{request.headers['Host']}/v26.0/9/message_templates?after=c")(handler, request)

    with serving(same_again) as server, pytest.raises(OutcomeUnknown, match="endless_pages"):
        client_for(server.url).message_templates("9")


def test_a_page_without_a_cursor_is_not_taken_for_the_last() -> None:
    def no_cursor(handler: Any, request: Any) -> None:
        page(["a"], f"http://{request.headers['Host']}/v26.0/9/message_templates")(handler, request)

    with serving(no_cursor) as server, pytest.raises(OutcomeUnknown, match="page_without_cursor"):
        client_for(server.url).message_templates("9")


@pytest.mark.parametrize("data", [None, {}, "x", [None, 5]])
def test_templates_of_another_shape_are_none(data: Any) -> None:
    with serving(json_answer(200, {"data": data})) as server:
        assert client_for(server.url).message_templates("9") == []


def test_a_phone_number_is_asked_for_the_fields_wanted() -> None:
    with serving(json_answer(200, {"id": "1", "quality_rating": "GREEN"})) as server:
        answer = client_for(server.url).phone_number("1", ["id", "quality_rating"])
    assert answer == {"id": "1", "quality_rating": "GREEN"}
    assert (server.requests[0].method, server.requests[0].path) == ("GET", "/v26.0/1")
    assert server.requests[0].query == {"fields": "id,quality_rating"}


def test_a_read_fails_in_the_same_three_ways() -> None:
    with pytest.raises(NotSent):
        client_for(f"http://127.0.0.1:{refused_port()}").phone_number("1", ["id"])
    with accepting(lambda connection: connection.sendall(b"no TLS\r\n")) as server, pytest.raises(NotSent):
        client_for(f"https://127.0.0.1:{server.port}").phone_number("1", ["id"])
    with serving(close_before_answering) as graph, pytest.raises(OutcomeUnknown):
        client_for(graph.url).phone_number("1", ["id"])
    with serving(json_answer(401, {"error": {"code": 190}})) as graph, pytest.raises(Refused):
        client_for(graph.url).phone_number("1", ["id"])


# Secrets


def test_no_repr_shows_a_secret() -> None:
    with serving(json_answer(200, SENT)) as server:
        client = client_for(server.url, app_secret=APP_SECRET)
        shown = repr(client) + str(client) + repr(send(client))
    assert not any(secret in shown for secret in (TOKEN, APP_SECRET, PHONE, TEXT))
