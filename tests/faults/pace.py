"""Work repeated at a rate, in threads that can be told to finish."""

import threading
import time
from collections.abc import Callable
from typing import Final

AGAIN_SECONDS: Final = 0.2
"""Between two tries of a caller or sender that was not answered as it wants."""


class Paced:
    """Threads that do a piece of work so many times a second together, each piece to its end.

    Args:
        work: does one piece; gets its number (0, 1, …), each number once.
        rate: pieces a second.
        threads: how many pieces may be under way at once.
    """

    def __init__(self, work: Callable[[int], None], rate: float, threads: int) -> None:
        self._work = work
        self._rate = rate
        self._next = 0
        self._lock = threading.Lock()
        self._finishing = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        self.failures: list[BaseException] = []

    @property
    def begun(self) -> int:
        """How many pieces were begun."""
        return self._next

    def start(self) -> None:
        """Begin."""
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> bool:
        """Begin no more pieces; wait for the running ones. False: some still run after `seconds`."""
        self._finishing.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while not self._finishing.is_set():
            with self._lock:
                number, self._next = self._next, self._next + 1
            due = self._began + number / self._rate
            if self._finishing.wait(max(due - time.monotonic(), 0)):
                return
            try:
                self._work(number)
            except Exception as error:  # kept for the trial, which fails with it
                self.failures.append(error)
                return


def pause(seconds: float = AGAIN_SECONDS) -> None:
    """Wait as a caller does before it tries again."""
    time.sleep(seconds)
