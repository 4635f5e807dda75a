"""Connections of this process on which a request waits for its answer, as the kernel knows them."""

import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

OPEN_FILES: Final = Path("/dev/fd")
TCP_INFO_BYTES: Final = 104
LAST_SENT, LAST_RECEIVED = 44, 52
"""Where struct tcp_info has the milliseconds since data was last sent and received (Linux: uapi/linux/tcp.h)."""

Peer = tuple[str, int]


def peers_waiting(port: int) -> dict[Peer, float]:
    """Return who sent something to `port` and got nothing since, and for how many seconds nothing was sent there.

    A new connection counts from its beginning. Where the kernel does not tell (not Linux) there is nobody.
    """
    waiting = {}
    for connection in _connections_to(port):
        sent, received = _ages(connection)
        if received <= sent:
            waiting[connection.getpeername()[:2]] = sent
    return waiting


def cut(port: int, peers: set[Peer]) -> None:
    """End the connections of these peers to `port`, in both directions."""
    for connection in _connections_to(port):
        if connection.getpeername()[:2] in peers:
            connection.shutdown(socket.SHUT_RDWR)


def _connections_to(port: int) -> Iterator[socket.socket]:
    for file in OPEN_FILES.iterdir() if hasattr(socket, "TCP_INFO") else ():
        try:
            if not file.is_socket():
                continue
            with socket.socket(fileno=os.dup(int(file.name))) as connection:
                if _is_accepted_at(port, connection):
                    yield connection
        except OSError:  # closed since it was listed, or by its peer
            continue


def _is_accepted_at(port: int, connection: socket.socket) -> bool:
    is_tcp = connection.family in (socket.AF_INET, socket.AF_INET6) and connection.type == socket.SOCK_STREAM
    return is_tcp and connection.getsockname()[1] == port and bool(connection.getpeername())


def _ages(connection: socket.socket) -> tuple[float, float]:
    """Return the seconds since data was last sent, and last received."""
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
    sent, received = (struct.unpack_from("=I", told, offset)[0] for offset in (LAST_SENT, LAST_RECEIVED))
    return sent / 1000, received / 1000
