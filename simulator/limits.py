"""Meta's two sending limits. Both can be switched off through /_sim/settings (0)."""

from dataclasses import dataclass

from simulator.errors import GraphError
from simulator.settings import Settings


@dataclass(slots=True)
class Bucket:
    """Messages one number may still move now; refilled by `throughput_mps`, holds one second's worth."""

    tokens: float
    updated_at: float

    def take(self, rate: float, now: float, *, forced: bool = False) -> bool:
        """True if one message may move at `now`; a forced one moves in any case."""
        self.tokens = min(max(rate, 1), self.tokens + (now - self.updated_at) * rate)
        self.updated_at = now
        if self.tokens < 1 and not forced:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class Pair:
    """One number writing to one user. A burst is paid back: silence until `clear_at`."""

    burst_started_at: float
    burst_size: int
    clear_at: float

    def take(self, interval: float, burst: int, now: float) -> bool:
        """True if one message may go at `now`; `interval` in seconds."""
        if now - self.burst_started_at <= interval and self.burst_size < burst:
            self.burst_size += 1
            self.clear_at = max(self.clear_at, now) + interval
            return True
        if now < self.clear_at:
            return False
        self.burst_started_at, self.burst_size, self.clear_at = now, 1, now + interval
        return True


class Limits:
    """Throughput of each number, in and out together (Meta: Throughput), and the pair rate (Meta: About)."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}
        self._pairs: dict[tuple[str, str], Pair] = {}

    def admit(self, settings: Settings, phone_number_id: str, user: str, now: float) -> None:
        """Count one send at `now` (monotonic seconds). Raises GraphError 130429 or 131056."""
        rate = settings.throughput_mps
        if rate and not self._bucket(phone_number_id, rate, now).take(rate, now):
            raise GraphError(130429, f"more than {rate:g} messages per second on this number")
        if settings.pair_interval_ms and not self._admit_pair(settings, (phone_number_id, user), now):
            raise GraphError(131056, "too many messages to this recipient in a short time")

    def count_inbound(self, settings: Settings, phone_number_id: str, now: float) -> None:
        """A customer's message uses throughput too but is never refused."""
        if rate := settings.throughput_mps:
            self._bucket(phone_number_id, rate, now).take(rate, now, forced=True)

    def _bucket(self, phone_number_id: str, rate: float, now: float) -> Bucket:
        if phone_number_id not in self._buckets:
            self._buckets[phone_number_id] = Bucket(max(rate, 1), now)
        return self._buckets[phone_number_id]

    def _admit_pair(self, settings: Settings, key: tuple[str, str], now: float) -> bool:
        interval = settings.pair_interval_ms / 1000
        pair = self._pairs.get(key)
        if pair is None:
            self._pairs[key] = Pair(now, 1, now + interval)
            return True
        return pair.take(interval, settings.pair_burst, now)
