"""The doorbell: tells a worker that there is work. Beside the request, coalesced, and nobody's duty.

A ring that gets lost costs seconds: the sweeper rings again for every due row (tasks.housekeeping.ring_due_work).
"""

import os
import threading
import time
from typing import Any

from observability import request_id
from observability.logging import get_logger
from observability.metrics import record_ring
from worker.app import app
from worker.queues import BELLS

PAUSE_SECONDS = 0.05
"""Between two publishes of a process: half of it doubles what publishing costs (0.6 ms each) to gain 12 ms."""
QUIET_SECONDS = 1.0
"""After a failed publish: a broker that is away is not asked 20 times a second."""
ENOUGH_RINGS = 50
"""Rings that nobody has taken: more would not be answered sooner. Bounded by count and not by `expires`, which compares
the clocks of two machines."""
PAUSES = {"rung": PAUSE_SECONDS, "enough": 0.5, "failed": QUIET_SECONDS}
"""After each result. While rings wait nobody is in a hurry: whoever answers them sees all that is committed by then."""
LOOK_EVERY = 25
"""Rings between two looks at the queue's length, which costs as much as a ring."""

log = get_logger(__name__)


class Doorbell:
    """A thread that publishes what `ring` asks for."""

    def __init__(self) -> None:
        self._wanted: dict[str, str] = {}
        self._unlooked = dict.fromkeys(BELLS, 0)
        """Rings of a queue since its length was last looked at."""
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="doorbell", daemon=True).start()

    def ring(self, queue: str) -> None:
        """Ask for a ring and return at once."""
        with self._changed:
            self._wanted[queue] = request_id.current()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted)
                wanted, self._wanted = self._wanted, {}
            results = [self._publish(queue, request) for queue, request in wanted.items()]
            time.sleep(max(PAUSES[result] for result in results))

    def _publish(self, queue: str, request: str) -> str:
        try:
            result = "enough" if self._has_enough(queue) else "rung"
            if result == "rung":
                app.send_task(BELLS[queue], queue=queue, headers={"request_id": request})
                self._unlooked[queue] += 1
        except Exception as error:  # whatever a broker's client raises: the sweeper rings again
            result = "failed"
            log.warning("doorbell.failed", queue=queue, error=type(error).__name__)
        record_ring(queue, result)
        return result

    def _has_enough(self, queue: str) -> bool:
        """Tell whether rings pile up; looks at the queue only now and then while they do not."""
        if self._unlooked[queue] < LOOK_EVERY:
            return False
        if _length_of(queue) >= ENOUGH_RINGS:
            return True
        self._unlooked[queue] = 0
        return False


def _length_of(queue: str) -> int:
    # A connection of its own: one from the pool that a restart of the broker broke would be handed out broken for ever.
    with app.connection_for_write() as connection:
        declared: Any = app.amqp.queues[queue].bind(connection.default_channel).queue_declare()
        return declared.message_count or 0


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
