"""HTTP requests made beforehand, so that a load generator only has to send them.

The file holds one after the other, each after its length in eight digits (bench/replay.lua reads it).
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

LENGTH_DIGITS = 8


def post(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a whole POST request; what it says of the host is not looked at by the servers here."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def write_requests(path: Path, requests: Iterable[bytes]) -> None:
    """Write requests to `path`, readable by their owner only: they carry signatures and keys."""
    path.touch(mode=0o600)
    with path.open("wb") as file:
        for request in requests:
            file.write(b"%0*d" % (LENGTH_DIGITS, len(request)))
            file.write(request)
