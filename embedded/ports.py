"""Free ports, and who holds a taken one."""

import errno
import os
import socket

import psutil


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody holds at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
