"""Many WebSocket clients in one process: so cheap that the server is what is measured."""

import base64
import os
import selectors
import socket
from collections.abc import Iterator

import orjson

from bench.failure import BenchFailure

SHORT, LONG = 126, 127
"""Lengths of frames that stand in two or eight further bytes (RFC 6455, 5.2)."""
_DISCARDED = bytearray(65_536)


class Subscriber:
    """A connection that reads frames, or only counts their bytes.

    Args:
        port: of the WebSocket process.
        key: API key.
        user_id: who connects.
        query: of the address.
    """

    def __init__(self, port: int, key: str, user_id: str, query: str) -> None:
        self._received = b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        nonce = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /api/v1/ws/chat/{user_id}{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {nonce}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {key}\r\n\r\n".encode()
        )
        while b"connected" not in self._received:
            read = self.socket.recv(65_536)
            if not read:
                raise BenchFailure(f"a connection was refused: {self._received[:200]!r}")
            self._received += read
        self._received = b""
        self.socket.setblocking(False)

    def discard(self) -> None:
        """Read what came and forget it."""
        self.socket.recv_into(_DISCARDED)

    def frames(self) -> Iterator[dict[str, object]]:
        """Yield the frames that came."""
        self._received += self.socket.recv(65_536)
        while len(self._received) > 1:
            length, start = self._received[1], 2
            if length >= SHORT:
                start = 4 if length == SHORT else 10
                length = int.from_bytes(self._received[2:start])
            if len(self._received) < start + length:
                return
            frame, opcode = self._received[start : start + length], self._received[0] & 0x0F
            self._received = self._received[start + length :]
            if opcode == 1:
                yield orjson.loads(frame)


def ready(selector: selectors.BaseSelector, timeout: float) -> Iterator[tuple[Subscriber, bool]]:
    """Yield subscribers for whom something came, and whether their frames are read."""
    for key, _ in selector.select(timeout):
        yield key.data
