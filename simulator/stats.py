"""Counters behind GET /_sim/stats."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Final

ACKNOWLEDGEMENTS_KEPT: Final = 20_000


def quantile(ordered: list[float], share: float) -> float | None:
    """The value below which `share` (from 0 to 1) of an ordered list lies; None if it is empty."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None


@dataclass(slots=True)
class Stats:
    """`pending` updates wait, fly or are to be retried; `posts_open` POSTs fly or wait for their retry."""

    calls: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    posts: int = 0
    posts_open: int = 0
    retried: int = 0
    acknowledged: int = 0
    updates_acknowledged: int = 0
    pending: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    acknowledge_ms: deque[float] = field(default_factory=lambda: deque(maxlen=ACKNOWLEDGEMENTS_KEPT))

    def as_dict(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "refusals": dict(self.refusals),
            "faults": dict(self.faults),
            "webhooks": {
                "sent": self.posts,
                "acknowledged": self.acknowledged,
                "retried": self.retried,
                "pending": self.pending,
                "posts_open": self.posts_open,
                "updates_acknowledged": self.updates_acknowledged,
                "answers": dict(self.answers),
                "acknowledge_ms": self._latencies(),
            },
        }

    def _latencies(self) -> dict[str, float | None]:
        ordered = sorted(self.acknowledge_ms)
        return {
            "p50": quantile(ordered, 0.5),
            "p99": quantile(ordered, 0.99),
            "max": ordered[-1] if ordered else None,
        }
