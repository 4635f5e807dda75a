"""What rarely changes, kept in the process for a few seconds."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class TtlCache(Generic[K, V]):
    """A bounded cache whose values are loaded again after `seconds`.

    While one thread loads a value again the others keep the old one, so that an expiry is no stampede. A value may
    thus be twice as old as `seconds`.

    Args:
        seconds: how long a value is fresh.
        most: entries at the most; the oldest goes first.
    """

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._entries: dict[K, tuple[float, V]] = {}

    def get(self, key: K, load: Callable[[K], V | None]) -> V | None:
        """Return the key's value; `load` is asked when there is no fresh one. None is not kept."""
        now = time.monotonic()
        entry = self._entries.get(key)
        if entry is not None and entry[0] > now:
            return entry[1]
        if entry is not None:
            self._entries[key] = (now + self._seconds, entry[1])
        return self._loaded(key, load)

    def put(self, key: K, value: V) -> None:
        """Keep a value that was found otherwise."""
        self._entries.pop(key, None)
        while len(self._entries) >= self._most:
            self._entries.pop(next(iter(self._entries)), None)
        self._entries[key] = (time.monotonic() + self._seconds, value)

    def fresh(self, key: K) -> V | None:
        """Return the key's value; None when there is no fresh one."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and entry[0] > time.monotonic() else None

    def forget(self, key: K) -> None:
        """Load the key's value again when it is next asked for."""
        self._entries.pop(key, None)

    def _loaded(self, key: K, load: Callable[[K], V | None]) -> V | None:
        value = load(key)
        if value is None:
            self._entries.pop(key, None)
        else:
            self.put(key, value)
        return value
