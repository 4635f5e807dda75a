"""A real HTTP server on loopback that answers, or fails to answer, as a test tells it."""

import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "GraphServer"

    def do_POST(self) -> None:
        self.close_connection = False
        length = int(self.headers.get("Content-Length") or 0)
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        request = Request(self.command, address.path, query, dict(self.headers.items()), self.rfile.read(length))
        with self.server.lock:
            self.server.requests.append(request)
            answer = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        answer(self, request)

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def reply(self, status: int, content: bytes, content_type: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def reset(self) -> None:
        """Drop the connection with a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


Answer = Callable[[Handler, Request], None]


class GraphServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, *answers: Answer, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.connections = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is what some tests want."""


def json_answer(status: int, body: Any) -> Answer:
    return lambda handler, request: handler.reply(status, orjson.dumps(body))


def html_answer(status: int) -> Answer:
    return lambda handler, request: handler.reply(status, b"<html>busy</html>", "text/html")


def raw_answer(status: int, content: bytes, **headers: str) -> Answer:
    return lambda handler, request: handler.reply(status, content, **headers)


def reset_before_answering(handler: Handler, request: Request) -> None:
    handler.reset()


def close_before_answering(handler: Handler, request: Request) -> None:
    handler.close_connection = True


def reset_within_the_answer(handler: Handler, request: Request) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"messages":')
    handler.wfile.flush()
    handler.close_connection = True


def stall_before(release: threading.Event) -> Answer:
    return lambda handler, request: handler.reply(200, b"{}") if release.wait(20) else None


def stall_within(release: threading.Event) -> Answer:
    def answer(handler: Handler, request: Request) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{")
        handler.wfile.flush()
        release.wait(20)
        handler.close_connection = True

    return answer


@contextmanager
def serving(*answers: Answer, port: int = 0) -> Iterator[GraphServer]:
    """Serve the answers in turn, the last one again and again."""
    server = GraphServer(*answers, port=port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class SocketServer:
    """Speaks no HTTP: does one thing to every connection."""

    port: int
    connections: list[int] = field(default_factory=list)


@contextmanager
def accepting(treat: Callable[[socket.socket], None]) -> Iterator[SocketServer]:
    """Accept connections and treat each, in a thread of its own."""

    class Treat(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            seen.connections.append(1)
            treat(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Resets are wanted."""

    server = Server(("127.0.0.1", 0), Treat)
    seen = SocketServer(port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refused_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
