"""Waiting until a query says yes."""

import time
from collections.abc import Callable
from typing import LiteralString

import psycopg

from bench.failure import BenchFailure

POLL_SECONDS = 0.05


def wait_until(
    connection: psycopg.Connection, query: LiteralString, seconds: float, meanwhile: Callable[[], None]
) -> float:
    """Ask again and again until the answer is true and return when it was (time.monotonic).

    Args:
        connection: in autocommit.
        query: one column, true or false.
        seconds: how long to wait at the most.
        meanwhile: called between two questions; may raise to end the waiting.

    Raises:
        BenchFailure: it did not become true in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        row = connection.execute(query, prepare=True).fetchone()
        if row is not None and row[0]:
            return time.monotonic()
        meanwhile()
        time.sleep(POLL_SECONDS)
    raise BenchFailure(f"waited {seconds:.0f} s in vain for: {' '.join(query.split())}")
