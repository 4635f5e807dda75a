"""`connected_pool.py [PID]`: exit code 0 when a Celery worker has its pool and its broker connection.

Otherwise one line that says what is missing, and exit code 1. What it proves: the main process (1 in a
container) lives, has at least one pool process, and holds an established connection to the broker. What it
does not: that the work is fast enough; that is the age of the oldest due row, told by /health/ready and
/metrics. Everything is read from /proc (proc(5)): nothing is connected or sent, Celery is not imported.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

ESTABLISHED = "01"
DEFAULT_PORTS = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671}


def broker_port(url: str) -> int:
    """Return the port of a broker address, by the scheme when it names none.

    Raises:
        KeyError: a scheme that is not known here.
        ValueError: no address.
    """
    parts = urlsplit(url)
    return parts.port or DEFAULT_PORTS[parts.scheme]


def has_pool(pid: int) -> bool:
    """Tell whether the process has children."""
    return any(children.read_text().strip() for children in Path(f"/proc/{pid}/task").glob("*/children"))


def is_connected(pid: int, port: int) -> bool:
    """Tell whether the process holds an established connection to `port` of some host."""
    own = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    return any(f"socket:[{inode}]" in own for inode in _established_inodes(pid, port))


def _established_inodes(pid: int, port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, _, remote, state, *_, inode = line.split()[:10]
            if state == ESTABLISHED and int(remote.rpartition(":")[2], 16) == port:
                yield inode


def troubles(pid: int, port: int) -> list[str]:
    """Return what is missing, a few words each; nothing when the worker is well."""
    try:
        pool = [] if has_pool(pid) else ["no pool process"]
        broker = [] if is_connected(pid, port) else [f"no connection to the broker's port {port}"]
    except OSError as error:
        return [f"process {pid} cannot be read: {error.strerror}"]
    return pool + broker


def main(pid: int) -> int:
    """Return the exit code of the check."""
    try:
        port = broker_port(os.environ["BROKER_URL"])
    except (KeyError, ValueError):
        print("BROKER_URL is missing or malformed")
        return 1
    missing = troubles(pid, port)
    print("; ".join(missing) or "pool and broker connection stand")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
