"""Accepting and processing at once: can it go on like that?"""

import time
from collections.abc import Callable

import psycopg

from bench import webhooks
from bench.accept import CONNECTIONS
from bench.failure import BenchFailure
from bench.fill import add_sent_messages, settle
from bench.plan import Plan
from bench.prepared import write_requests
from bench.process import EMPTY, LONGEST
from bench.system import WEB, WORKERS, System
from bench.table import Row
from bench.waiting import wait_until
from bench.wrk import Load, run_wrk

TARGET = 2_000.0
FOR_EACH_SECOND = 5_000
"""Receipts prepared for each second; more than are accepted while workers run beside."""


def measure(system: System, plan: Plan, say: Callable[[str], None]) -> list[Row]:
    """Return the rate at which webhooks are accepted and processed, the time for the rest included.

    Raises:
        BenchFailure: a receipt was acknowledged and is not there.
    """
    prepared = round(plan.sustained_seconds * FOR_EACH_SECOND)
    requests = system.directory / "receipts"
    with system.connect() as connection:
        messages = add_sent_messages(connection, prepared // len(webhooks.STATUSES))
        settle(connection)
        write_requests(requests, map(webhooks.signed_request, webhooks.bodies(messages, webhooks.STATUSES)))
        before = _receipts(connection)
        with system.running(WEB, *WORKERS) as supervisor:
            load = run_wrk(system.web_port, requests, seconds=plan.sustained_seconds, connections=CONNECTIONS)
            left, ended = _waiting(connection), time.monotonic()
            say(f"  accepted {load.per_second:,.0f}/s, {left:,} left when the load stopped")
            rest = wait_until(connection, EMPTY, LONGEST, supervisor.check) - ended
        kept = _receipts(connection) - before
    requests.unlink()
    _check_none_lost(load, kept, prepared)
    return [_row(load, left, rest, prepared)]


def _row(load: Load, left: int, rest: float, prepared: int) -> Row:
    remarks = (
        f"for {load.seconds:.0f} s, p50 {load.p50:.1f} ms, p99 {load.p99:.1f} ms; "
        f"{left:,} rows left when the load stopped, the inbox empty {rest:.1f} s later; lost 0"
    )
    if load.accepted > prepared:
        remarks += f"; {load.accepted - prepared:,} were repeats"
    rate = load.accepted / (load.seconds + rest)
    return Row("accepted and processed at once", rate, target=TARGET, remarks=remarks)


def _check_none_lost(load: Load, kept: int, prepared: int) -> None:
    distinct = min(load.accepted, prepared)
    if kept < distinct:
        raise BenchFailure(f"{distinct} different receipts were acknowledged but only {kept} are kept")


def _waiting(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM inbox_queue").fetchone()
    return row[0] if row else 0


def _receipts(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM receipts").fetchone()
    return row[0] if row else 0
