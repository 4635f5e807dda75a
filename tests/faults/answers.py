"""What callers and senders were answered, and how fast."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one try."""

    asked_at: float
    """time.monotonic()"""
    seconds: float
    status: int
    """HTTP status; 0: the connection broke."""


@dataclass(slots=True)
class Answers:
    """Answers of many threads."""

    given: list[Answer] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, answer: Answer) -> None:
        """Remember one."""
        with self._lock:
            self.given.append(answer)

    def statuses(self) -> dict[int, int]:
        """Return how often each status was answered."""
        return {
            status: sum(one.status == status for one in self.given) for status in {one.status for one in self.given}
        }

    def between(self, start: float, end: float) -> list[Answer]:
        """Return what was asked from `start` to `end` (time.monotonic())."""
        return [one for one in self.given if start <= one.asked_at < end]


def quantile(seconds: Iterable[float], share: float) -> float:
    """Return the value below which `share` of them lie; 0 when there are none."""
    ordered = sorted(seconds)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
