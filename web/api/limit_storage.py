"""Counters of the rate limit, in the process.

The library's own memory storage starts a thread every few requests to forget old counters; that costs more than the
counting. Here old ones are forgotten when there are many.
"""

import threading
import time
from typing import Any

from limits.storage import Storage

SCHEME = "paperboy"
MOST_COUNTERS = 10_000
"""About 2 MB; more only when as many callers come within one window."""


class CounterStorage(Storage):
    """Fixed windows: a count and its end, by key."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - the library's own way

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._lock = threading.Lock()
        self._counters: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library treats as a broken storage."""
        return RuntimeError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount` and return the window's count; a window ends `expiry` seconds after its first request."""
        now = time.time()
        with self._lock:
            count, end = self._counters.get(key, (0, 0.0))
            count, end = (count + amount, end) if end > now else (amount, now + expiry)
            self._counters[key] = (count, end)
            if len(self._counters) > MOST_COUNTERS:
                self._counters = {one: value for one, value in self._counters.items() if value[1] > now}
        return count

    def get(self, key: str) -> int:
        """Return the window's count."""
        count, end = self._counters.get(key, (0, 0.0))
        return count if end > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window ends (seconds since the epoch)."""
        return max(self._counters.get(key, (0, 0.0))[1], time.time())

    def check(self) -> bool:
        """Tell whether counting works."""
        return True

    def reset(self) -> int | None:
        """Forget everything; return how many counters there were."""
        with self._lock:
            forgotten = len(self._counters)
            self._counters = {}
        return forgotten

    def clear(self, key: str) -> None:
        """Forget one key."""
        with self._lock:
            self._counters.pop(key, None)
