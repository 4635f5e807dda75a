"""A webhook receiver that remembers what it got and answers as told."""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

TIMEOUT_S = 10


@dataclass(frozen=True)
class Received:
    body: bytes
    signature: str
    content_type: str
    at: float
    answered: int
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> Any:
        return orjson.loads(self.body)


class Receiver:
    """Posts arrive in `posts`; `answers` holds the statuses of the next answers, then 200."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.forget()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def forget(self) -> None:
        with self._changed:
            self.posts: list[Received] = []
            self.answers: deque[int] = deque()
            self.verify_token = "token-of-the-receiver"

    def take(self, body: bytes, path: str, headers: dict[str, str]) -> int:
        with self._changed:
            status = self.answers.popleft() if self.answers else 200
            self.posts.append(
                Received(
                    body,
                    headers.get("x-hub-signature-256", ""),
                    headers["content-type"],
                    time.monotonic(),
                    status,
                    path,
                    headers,
                )
            )
            self._changed.notify_all()
            return status

    def wait(self, condition: Callable[["Receiver"], Any]) -> Any:
        """The condition's value as soon as it is true."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), TIMEOUT_S), self.summary()
            return condition(self)

    def wait_for_statuses(self, wamid: str, *statuses: str) -> list[dict[str, Any]]:
        """The receipts of a message once as many as `statuses` came, all of them acknowledged."""
        found = self.wait(lambda self: len(self.statuses(wamid)) >= len(statuses) and self.statuses(wamid))
        assert sorted(status["status"] for status in found) == sorted(statuses)
        return list(found)

    def wait_for_messages(self, count: int = 1) -> list[dict[str, Any]]:
        return list(self.wait(lambda self: len(self.messages) >= count and self.messages))

    def statuses(self, wamid: str | None = None) -> list[dict[str, Any]]:
        return [status for status in self._items("statuses") if wamid in (None, status["id"])]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self._items("messages")

    @property
    def changes(self) -> list[dict[str, Any]]:
        return [
            change
            for post in self.posts
            if post.answered == 200
            for entry in post.payload["entry"]
            for change in entry["changes"]
        ]

    @property
    def values(self) -> list[dict[str, Any]]:
        return [change["value"] for change in self.changes]

    def summary(self) -> str:
        return f"{len(self.posts)} posts, statuses {[item['status'] for item in self.statuses()]}"

    def _items(self, part: str) -> list[dict[str, Any]]:
        return [item for value in self.values for item in value.get(part, [])]


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reset of the simulator ends webhooks on their way; nothing else may go wrong here."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._answer(receiver.take(body, self.path, headers), b"")

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            known = query["hub.verify_token"] == [receiver.verify_token]
            self._answer(200 if known else 403, query["hub.challenge"][0].encode() if known else b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Nothing is logged."""

    return Handler
