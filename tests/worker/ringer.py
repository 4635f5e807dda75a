"""A process that rings: `python -m tests.worker.ringer`. One command a line on standard input, one JSON answer each.

ring <queue> <times> [<request id>]   → {"slowest_ms": …, "raised": null}
fork <queue>                          → the same, rung by a forked child
crowd <queue>                         → {}: several threads ring, each while the bell takes another ring, then nobody
hurry                                 → {}: no pause between two publishes from now on
"""

import json
import os
import sys
import threading
import time
from typing import Any

from observability import request_id
from observability.logging import configure_logging
from worker import doorbell
from worker.queues import BELLS

CROWD = 4
RINGING_SECONDS = 0.02
SILENCE_SECONDS = 0.3
"""After the last of a crowd nobody rings until the bell has long taken it."""


def ring(queue: str, times: str, request: str | None = None) -> dict[str, Any]:
    """Ring so many times; tell how long the slowest ring took and what it raised."""
    if request:
        request_id.begin(request)
    slowest = 0.0
    for _ in range(int(times)):
        started = time.perf_counter()
        try:
            doorbell.ring(queue)
        except Exception as error:
            return {"slowest_ms": None, "raised": repr(error)}
        slowest = max(slowest, time.perf_counter() - started)
    return {"slowest_ms": slowest * 1000, "raised": None}


def fork(queue: str) -> dict[str, Any]:
    """Ring from a forked child, which goes on living until this process ends."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, json.dumps(ring(queue, "1")).encode())
        while os.getppid() != 1:
            time.sleep(0.05)
        os._exit(0)
    return dict(json.loads(os.read(read, 1000)))


def crowd(queue: str) -> dict[str, Any]:
    """Ring from several threads, each of which still rings when the bell takes the ring before."""
    current = request_id.current

    def current_in_a_while() -> str:
        time.sleep(RINGING_SECONDS)
        return current()

    request_id.current = current_in_a_while
    threads = [threading.Thread(target=doorbell.ring, args=[queue]) for _ in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    request_id.current = current
    time.sleep(SILENCE_SECONDS)
    return {}


def hurry() -> dict[str, Any]:
    """Publish without a pause."""
    doorbell.PAUSES = dict.fromkeys(doorbell.PAUSES, 0.0)
    return {}


def bell(queue: str, task: str) -> dict[str, Any]:
    """Publish another task."""
    BELLS[queue] = task
    return {}


COMMANDS = {"ring": ring, "fork": fork, "crowd": crowd, "hurry": hurry, "bell": bell}

if __name__ == "__main__":
    configure_logging("development")
    for line in sys.stdin:
        command, *arguments = line.split()
        print(json.dumps(COMMANDS[command](*arguments)), flush=True)
