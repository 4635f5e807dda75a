"""Free ports, and who holds a taken one."""

import contextlib
import errno
import os
import random
import socket
from typing import Final

import psutil

NOT_LENT: Final = range(20_000, 32_000)
"""Ports that no system lends to outgoing connections (Linux begins at 32,768, others at 49,152): what is free stays so
until its server binds it."""
TRIES: Final = 100


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody holds at this moment.

    Raises:
        OSError: thousands are taken.
    """
    for port in random.sample(NOT_LENT, TRIES):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(errno.EADDRINUSE, f"none of {TRIES} ports tried is free")


def why_unusable(port: int, variable: str, host: str = "127.0.0.1") -> str | None:
    """Return a line that tells why no server can listen on `host`:`port` and what to do; None when one can.

    Args:
        port: TCP port.
        variable: the setting that chose it.
        host: address to listen on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return _advice(error, port, variable, host)
    return None


def accepts(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether a server takes connections on `host`:`port`."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def holder(port: int) -> str:
    """Describe the process that listens on `port`, as far as this user may see it."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status != psutil.CONN_LISTEN or not connection.laddr or connection.pid is None:
                continue
            if connection.laddr.port == port:
                return f"pid {connection.pid} ({psutil.Process(connection.pid).name()})"
    except psutil.Error:
        pass
    return "another process"


def _advice(error: OSError, port: int, variable: str, host: str) -> str:
    another = f"set {variable}=… in .env or the environment"
    if error.errno == errno.EADDRINUSE:
        return f"port {port} ({variable}) is taken by {holder(port)}; stop it, or {another}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"no interface of this machine has the address {host} (BIND_HOST)"
    return f"port {port} ({variable}) cannot be used: {os.strerror(error.errno or 0)}; {another}"
