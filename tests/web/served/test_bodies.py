"""Bodies through a real Granian: large, too large, in chunks, cut short, and sent drop by drop."""

import contextlib
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from db.ids import new_id
from tests.waiting import wait_for
from tests.web.served.conftest import APP_SECRET, Web
from web.api.app import MAX_BODY_BYTES as API_BODY_BYTES
from web.pages.app import MAX_BODY_BYTES as PAGE_BODY_BYTES
from web.slow_bodies import BODY_SECONDS, CROWDED_SECONDS, LOOK_SECONDS
from web.webhooks.body import MAX_BODY_BYTES
from whatsapp.signature import sign

THREADS = 32
SLACK_SECONDS = 2.0


def body_of(size: int) -> bytes:
    """A body of so many bytes that no other test sends."""
    start = b'{"id":"' + new_id().hex.encode() + b'","padding":"'
    return start + b"x" * (size - len(start) - 2) + b'"}'


def signed(body: bytes) -> dict[str, str]:
    return {"X-Hub-Signature-256": sign(body, APP_SECRET), "Content-Type": "application/json"}


def in_chunks(body: bytes, size: int = 64_000) -> Iterator[bytes]:
    yield from (body[start : start + size] for start in range(0, len(body), size))


def head_of(body: bytes, length: str) -> bytes:
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(body).items())
    return f"POST /webhook HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n\r\n".encode()


def answer_on(connection: socket.socket) -> bytes:
    """Everything until the server closes the connection."""
    received = b""
    try:
        while block := connection.recv(65536):
            received += block
    except ConnectionResetError:
        pass
    return received


def test_three_megabytes_are_stored(web: Web) -> None:
    body = body_of(MAX_BODY_BYTES)
    answer = requests.post(f"{web.url}/webhook", data=body, headers=signed(body), timeout=10)
    assert answer.status_code == 200
    assert body in web.stored()


def test_three_megabytes_in_chunks_are_stored(web: Web) -> None:
    body = body_of(MAX_BODY_BYTES)
    answer = requests.post(f"{web.url}/webhook", data=in_chunks(body), headers=signed(body), timeout=10)
    assert answer.status_code == 200
    assert body in web.stored()


def test_more_than_three_megabytes_are_413_before_they_are_sent(web: Web) -> None:
    with web.connect() as connection:
        connection.sendall(head_of(b"", f"Content-Length: {MAX_BODY_BYTES + 1}"))
        assert answer_on(connection).startswith(b"HTTP/1.1 413 ")


def test_more_than_three_megabytes_in_chunks_are_413_and_stored_nowhere(web: Web) -> None:
    body = body_of(MAX_BODY_BYTES + 1)
    with web.connect() as connection:
        connection.sendall(head_of(body, "Transfer-Encoding: chunked"))
        for chunk in in_chunks(body):
            connection.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        assert answer_on_first(connection).startswith(b"HTTP/1.1 413 ")
    assert body not in web.stored()


@pytest.mark.parametrize(("path", "limit"), [("/v1/invoices", API_BODY_BYTES), ("/login", PAGE_BODY_BYTES)])
def test_chunks_beyond_what_the_api_or_a_page_takes_are_413_and_not_taken_for_what_fits(
    web: Web, path: str, limit: int
) -> None:
    fits, beyond = (
        requests.post(f"{web.url}{path}", data=in_chunks(body_of(size)), timeout=10).status_code
        for size in (limit, limit + 1)
    )
    assert fits in {400, 401}
    assert beyond == 413


def answer_on_first(connection: socket.socket) -> bytes:
    """The first block of an answer."""
    return connection.recv(65536)


def test_a_body_cut_short_is_neither_stored_nor_taken_for_a_forgery(web: Web) -> None:
    body = body_of(200)
    before = refused_as_forged(web)
    with web.connect() as connection:
        connection.sendall(head_of(body, "Content-Length: 200") + body[:-1])
    wait_for(lambda: counted(web, "incomplete"), 10)
    assert refused_as_forged(web) == before
    assert body[:-1] not in web.stored()


def counted(web: Web, answer: str) -> float:
    lines = requests.get(f"{web.url}/metrics", timeout=10).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if f'answer="{answer}"' in line)


def refused_as_forged(web: Web) -> float:
    return counted(web, "wrong_signature")


def test_a_body_that_comes_in_pieces_within_its_time_is_stored(web: Web) -> None:
    body = body_of(1000)
    with web.connect() as connection:
        connection.sendall(head_of(body, "Content-Length: 1000"))
        for piece in in_chunks(body, 250):
            connection.sendall(piece)
            time.sleep(0.3)  # nothing is waited for: the client is slow, longer in all than SLOW_SECONDS
        assert answer_on_first(connection).startswith(b"HTTP/1.1 200 ")
    assert body in web.stored()


def is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.3)
    try:
        return connection.recv(65536) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@pytest.mark.parametrize("length", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_a_body_that_trickles_in_is_cut_off_and_stored_nowhere(web: Web, length: str) -> None:
    drop = b"x" if length.startswith("Content") else b"1\r\nx\r\n"
    with web.connect() as connection:
        connection.sendall(head_of(b"", length))
        began = time.monotonic()
        with contextlib.suppress(OSError):
            while not is_closed(connection) and time.monotonic() - began < BODY_SECONDS + SLACK_SECONDS:
                connection.sendall(drop)
        assert BODY_SECONDS - 1 < time.monotonic() - began < BODY_SECONDS + SLACK_SECONDS
    assert not any(stored.startswith(b"xx") for stored in web.stored())


def test_a_body_that_never_comes_is_cut_off(web: Web) -> None:
    with web.connect() as connection:
        connection.sendall(head_of(b"", "Content-Length: 1000"))
        began = time.monotonic()
        while not is_closed(connection):
            assert time.monotonic() - began < BODY_SECONDS + SLACK_SECONDS
    assert time.monotonic() - began > BODY_SECONDS - 1


def test_who_is_slow_is_cut_and_not_who_comes_from_the_same_address_on_kept_connections(web: Web) -> None:
    with web.connect() as slow, requests.Session() as kept:
        assert kept.get(f"{web.url}/health/live", timeout=10).status_code == 200
        slow.sendall(head_of(b"", "Content-Length: 1000"))
        while not is_closed(slow):
            body = body_of(300)
            answer = kept.post(f"{web.url}/webhook", data=body, headers=signed(body), timeout=10)
            assert answer.status_code == 200


def test_as_many_slow_senders_as_threads_hold_up_a_webhook_for_a_moment_only(web: Web) -> None:
    body = body_of(300)
    with ExitStack() as slow:
        for _ in range(THREADS):
            slow.enter_context(web.connect()).sendall(head_of(b"", "Content-Length: 1000"))
        began = time.monotonic()
        answer = requests.post(f"{web.url}/webhook", data=body, headers=signed(body), timeout=30)
        waited = time.monotonic() - began
    assert answer.status_code == 200
    assert waited < CROWDED_SECONDS + LOOK_SECONDS + SLACK_SECONDS
