"""The doorbell: tells a worker that there is work. Beside the request, coalesced, and nobody's duty.

A ring that gets lost costs seconds: the sweeper rings again for every due row (tasks.housekeeping.ring_due_work).
"""

import os
import threading
import time

from messaging.limits import DEFAULTS
from observability import request_id
from observability.logging import get_logger
from observability.metrics import record_ring
from worker.app import app
from worker.queues import BELLS

PAUSE_SECONDS = 0.05
"""Between two publishes of a process: half of it doubles what publishing costs (0.6 ms each) to gain 12 ms."""
QUIET_SECONDS = 1.0
"""After a failed publish: a broker that is away is not asked 20 times a second."""

log = get_logger(__name__)


class Doorbell:
    """A thread that publishes what `ring` asks for."""

    def __init__(self) -> None:
        self._wanted: dict[str, str] = {}
        self._lock = threading.Lock()
        self._work = threading.Event()
        threading.Thread(target=self._run, name="doorbell", daemon=True).start()

    def ring(self, queue: str) -> None:
        """Ask for a ring and return at once."""
        with self._lock:
            self._wanted[queue] = request_id.current()
        self._work.set()

    def _run(self) -> None:
        while True:
            self._work.wait()
            self._work.clear()
            with self._lock:
                wanted, self._wanted = self._wanted, {}
            time.sleep(PAUSE_SECONDS if _publish_all(wanted) else QUIET_SECONDS)


def _publish_all(wanted: dict[str, str]) -> bool:
    results = [_publish(queue, request) for queue, request in wanted.items()]
    return all(results)


def _publish(queue: str, request: str) -> bool:
    try:
        app.send_task(BELLS[queue], queue=queue, expires=DEFAULTS.ring_expires_seconds, headers={"request_id": request})
    except Exception as error:  # whatever a broker's client raises: the sweeper rings again
        record_ring(queue, "failed")
        log.warning("doorbell.failed", queue=queue, error=type(error).__name__)
        return False
    record_ring(queue, "rung")
    return True


_bell: Doorbell | None = None
_bell_pid = 0
_making = threading.Lock()


def ring(queue: str) -> None:
    """Tell the workers of `queue` ("ingest" or "send") that there is work. Returns at once and never raises."""
    global _bell, _bell_pid
    if _bell is None or _bell_pid != os.getpid():
        with _making:
            if _bell is None or _bell_pid != os.getpid():
                _bell, _bell_pid = Doorbell(), os.getpid()
    _bell.ring(queue)
