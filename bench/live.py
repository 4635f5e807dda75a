"""Events told live: how long from the commit of a change to a subscriber, beside thousands of idle connections."""

import resource
import selectors
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from statistics import quantiles
from uuid import UUID

import psycopg

from bench.failure import BenchFailure
from bench.plan import Plan
from bench.sockets import Subscriber, ready
from bench.system import REALTIME, System
from bench.table import Row

IDLE = 5_000
SUBSCRIBERS = 500
READ = 25
"""Subscribers whose frames are read for their times; the others only drain theirs, or this process were measured."""
EVENTS_PER_SECOND = 200
TARGET_MS = 100.0
OF_A_USER = 10
LONGEST = 20.0

_CHANGE = """
INSERT INTO live_events (tenant_id, kind, conversation_id, message_id, payload)
VALUES (%s, 'message_status', gen_random_uuid(), gen_random_uuid(), '{"status": "delivered"}')
"""


def measure(system: System, plan: Plan, say: Callable[[str], None]) -> list[Row]:
    """Return the 99th percentile of the time from a change to those who hear of it.

    Raises:
        BenchFailure: a connection was refused, or an event is missing.
    """
    _allow_many_sockets()
    port, key = int(system.environment["REALTIME_PORT"]), system.environment["BOOTSTRAP_API_KEY"]
    with system.connect() as connection, system.running(REALTIME):
        tenant_id = _tenant(connection)
        started = time.monotonic()
        with ThreadPoolExecutor(8) as threads:
            idle = list(threads.map(lambda n: Subscriber(port, key, f"idle-{n // OF_A_USER}", ""), range(IDLE)))
        say(f"  {IDLE:,} connected in {time.monotonic() - started:.1f} s")
        listening = [Subscriber(port, key, f"user-{n // OF_A_USER}", "?conversation=*") for n in range(SUBSCRIBERS)]
        count = round(plan.round_seconds * plan.rounds * EVENTS_PER_SECOND)
        took = _heard(connection, listening, tenant_id, count)
        for one in (*idle, *listening):
            one.socket.close()
    p50, p99 = quantiles(took, n=100)[49], quantiles(took, n=100)[98]
    remarks = (
        f"{EVENTS_PER_SECOND}/s to {SUBSCRIBERS} subscribers for {count / EVENTS_PER_SECOND:.0f} s, "
        f"p50 {p50:.1f} ms, {IDLE:,} more idle; lost 0"
    )
    return [Row("change to subscriber, p99", p99, "ms", TARGET_MS, remarks)]


def _heard(connection: psycopg.Connection, listening: list[Subscriber], tenant_id: UUID, count: int) -> list[float]:
    """Return the milliseconds that each event took to each subscriber that reads."""
    took: list[float] = []
    selector = selectors.DefaultSelector()
    for number, one in enumerate(listening):
        selector.register(one.socket, selectors.EVENT_READ, (one, number < READ))
    changing = threading.Thread(target=_change, args=(connection, tenant_id, count))
    changing.start()
    end = time.monotonic() + count / EVENTS_PER_SECOND + LONGEST
    while len(took) < count * READ:
        if time.monotonic() > end:
            raise BenchFailure(f"{count * READ - len(took)} of {count * READ} events were not told in time")
        for one, is_read in ready(selector, 0.1):
            if is_read:
                now = time.time()
                took += [1_000 * (now - _at(frame)) for frame in one.frames() if frame["type"] == "message_status"]
            else:
                one.discard()
    changing.join()
    return took


def _change(connection: psycopg.Connection, tenant_id: UUID, count: int) -> None:
    started = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, started + number / EVENTS_PER_SECOND - time.monotonic()))
        connection.execute(_CHANGE, (tenant_id,))


def _at(frame: dict[str, object]) -> float:
    return datetime.fromisoformat(str(frame["at"])).timestamp()


def _tenant(connection: psycopg.Connection) -> UUID:
    row = connection.execute("SELECT id FROM tenants ORDER BY created_at LIMIT 1").fetchone()
    assert row is not None, "the first start made it"
    tenant_id: UUID = row[0]
    return tenant_id


def _allow_many_sockets() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
