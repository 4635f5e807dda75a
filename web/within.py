"""Asking Postgres for those who need an answer in time, also while it hangs without ending connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final, TypeVar

ANSWER_SECONDS: Final = 2.5
"""Above what Postgres, a pool or a lock may take by itself (web_lock_seconds): their own words tell more."""
THREADS: Final = 2
"""So many hang with it; who comes later waits for one of them in vain, and is told so."""

Answer = TypeVar("Answer")


def within(ask: Callable[[], Answer], seconds: float = ANSWER_SECONDS) -> Answer:
    """Return what `ask` returns.

    Args:
        ask: runs in a thread of its own, outside of any request.
        seconds: how long it is waited for.

    Raises:
        TimeoutError: it did not return in time; it may go on.
    """
    asked = _threads().submit(ask)
    try:
        return asked.result(seconds)
    except TimeoutError:
        asked.cancel()
        raise


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="within")
