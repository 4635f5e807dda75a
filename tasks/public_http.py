"""HTTP to addresses that tenants give: never to this network's own machines.

Names are looked up once, by the connection itself, and the address found is the one connected to: a name that answers
differently the second time (DNS rebinding) gains nothing. Redirects are not followed.
"""

import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Timer
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.poolmanager import PoolManager

TIMEOUTS: Final = (3.05, 10.0)
"""Seconds to connect, and between bytes of the answer."""


@dataclass(slots=True)
class _Deadline:
    """The end of a block's time, and the connections that were made in it."""

    at: float
    sockets: list[socket.socket] = field(default_factory=list)

    def watch(self, made: socket.socket) -> None:
        """TLS takes the socket itself away: a copy of its descriptor ends the same connection."""
        self.sockets.append(made.dup())
        if time.monotonic() >= self.at:
            self.cut()

    def cut(self) -> None:
        for one in tuple(self.sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


_deadline: ContextVar[_Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def ended_within(seconds: float) -> Iterator[None]:
    """End the connections that are made in this block when its time is over.

    TIMEOUTS hold between two bytes: an answer that drips would hold a thread for ever.
    """
    deadline = _Deadline(time.monotonic() + seconds)
    token, timer = _deadline.set(deadline), Timer(seconds, deadline.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        _deadline.reset(token)
        for one in deadline.sockets:
            one.close()


class NotPublicError(Exception):
    """The address leads into a private network."""


def public_address(host: str, port: int, *, allow_local: bool) -> str:
    """Return an IP address of a host that may be connected to.

    Args:
        host: name or address.
        port: of the service.
        allow_local: this machine counts as well (development).

    Raises:
        OSError: the name cannot be looked up.
        NotPublicError: any of its addresses is private, of this machine, or of the link.
    """
    found = [ipaddress.ip_address(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not address.is_global and not (allow_local and address.is_loopback):
            raise NotPublicError(f"{host} is not a public address")
    return str(found[0])


def _connect(connection: Any, *, allow_local: bool) -> socket.socket:
    try:
        address = public_address(connection.host, connection.port, allow_local=allow_local)
        made = socket.create_connection((address, connection.port), connection.timeout)
    except OSError as error:
        raise NewConnectionError(connection, type(error).__name__) from None
    deadline = _deadline.get()
    if deadline is not None:
        deadline.watch(made)
    return made


def _pool(base: type[Any], connection: type[Any], *, allow_local: bool) -> type[Any]:
    made = type(
        f"Public{connection.__name__}",
        (connection,),
        {"_new_conn": lambda self: _connect(self, allow_local=allow_local)},
    )
    return type(f"Public{base.__name__}", (base,), {"ConnectionCls": made})


class PublicAdapter(HTTPAdapter):
    """Connects to public addresses alone."""

    def __init__(self, *, allow_local: bool) -> None:
        self._pools = {
            "http": _pool(HTTPConnectionPool, HTTPConnection, allow_local=allow_local),
            "https": _pool(HTTPSConnectionPool, HTTPSConnection, allow_local=allow_local),
        }
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools."""
        super().init_poolmanager(*arguments, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = self._pools


def public_session(*, allow_local: bool) -> requests.Session:
    """Return a session that neither proxies nor the network's own machines get anything of."""
    session = requests.Session()
    session.trust_env = False
    adapter = PublicAdapter(allow_local=allow_local)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
