"""Real sockets: what left, what did not, what nobody can know; here with the Graph client as the caller (reference 10)."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
import requests
from tenacity import RetryCallState

from messaging.limits import CONNECT_PAUSES_SECONDS, CONNECT_TRIES
from tests.whatsapp.graph_calls import APP_SECRET, SENT, assert_tells_no_secret, client_for, failure_of, send
from tests.whatsapp.graph_server import (
    Answer,
    accepting,
    close_before_answering,
    json_answer,
    refused_port,
    reset_before_answering,
    reset_within_the_answer,
    serving,
    stall_before,
    stall_within,
)
from whatsapp.graph import NotSent, OutcomeUnknown, build_session
from wire.exchange import SENDING_THREADS, UNTIL_IT_LEAVES


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def reset_after_one_byte(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.recv(1)
    connection.close()


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

    with accepting(reset_after_one_byte) as server:
        with pytest.raises(OutcomeUnknown) as caught:
            send(client_for(f"http://127.0.0.1:{server.port}"))
        assert len(server.connections) == 1
    assert_tells_no_secret(caught.value)


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
    with accepting(reset_after_one_byte) as server:
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


def test_the_limits_reckon_with_the_tries_and_pauses_that_there_are() -> None:
    tries = RetryCallState(UNTIL_IT_LEAVES, None, (), {})
    pauses = []
    for tries.attempt_number in range(1, CONNECT_TRIES):
        assert not UNTIL_IT_LEAVES.stop(tries)
        pauses.append(UNTIL_IT_LEAVES.wait(tries))
    tries.attempt_number = CONNECT_TRIES
    assert UNTIL_IT_LEAVES.stop(tries)
    assert sum(pauses) <= CONNECT_PAUSES_SECONDS
