"""How many sends are accepted a second through the API, and how many leave for Meta."""

import secrets
from collections.abc import Callable
from statistics import median
from typing import Final

import psycopg
import requests

from bench import invoices
from bench.accept import WARM_UP_SECONDS
from bench.failure import BenchFailure
from bench.fill import settle
from bench.plan import Plan
from bench.prepared import write_requests
from bench.system import SIMULATOR, SYNC_TEMPLATES, WEB, WORKERS, System
from bench.table import Row
from bench.waiting import wait_until
from bench.wrk import Load, run_wrk

TARGET_ACCEPTED = 600.0
TARGET_DRAINED = 400.0
CONNECTIONS = 32
FOR_EACH_SECOND = 2_500
"""Invoices prepared for each second of a round."""
DRAINED_FOR_EACH_SECOND = 500
LONGEST = 120.0

UNLIMITED: Final = {"webhooks": False, "throughput_mps": 0, "pair_interval_ms": 0}
"""The simulator without its limits and without receipts: what is measured is the way out."""

SYNCED = "SELECT EXISTS (SELECT FROM templates)"
HOLD = "UPDATE outbox SET due_at = 'infinity' WHERE state = 'waiting'"
RELEASE = """
UPDATE outbox SET due_at = now() WHERE message_id IN (SELECT message_id FROM outbox WHERE due_at = 'infinity' LIMIT %s)
"""
BEGUN = "SELECT EXISTS (SELECT FROM outbox WHERE state = 'claimed')"
GONE = "SELECT NOT EXISTS (SELECT FROM outbox WHERE due_at < 'infinity')"
TROUBLE = "SELECT count(*) FROM attempts WHERE outcome NOT IN ('accepted', 'running')"


def measure(system: System, plan: Plan, say: Callable[[str], None]) -> list[Row]:
    """Return the figures of sending; what is accepted first is what is sent afterwards."""
    _sync_templates(system)
    loads = _accept(system, plan, say)
    rates = _drain(system, plan, say)
    accepted = median(load.per_second for load in loads)
    latency = f"p50 {median(load.p50 for load in loads):.1f} ms, p99 {median(load.p99 for load in loads):.1f} ms"
    return [
        Row("sends accepted (POST /v1/invoices)", accepted, target=TARGET_ACCEPTED, remarks=latency),
        Row("sends drained to the simulator", median(rates), target=TARGET_DRAINED),
    ]


def _sync_templates(system: System) -> None:
    """Let the templates be known, so that sends are checked against them as in production."""
    with system.running(SIMULATOR, *WORKERS) as supervisor, system.connect() as connection:
        supervisor.run_once(SYNC_TEMPLATES, system.environment)
        wait_until(connection, SYNCED, LONGEST, supervisor.check)


def _accept(system: System, plan: Plan, say: Callable[[str], None]) -> list[Load]:
    loads = []
    with system.running(WEB):
        for number in range(-1, plan.rounds):
            seconds = WARM_UP_SECONDS if number < 0 else plan.round_seconds
            load = _accept_round(system, seconds)
            if number >= 0:
                loads.append(load)
                say(f"  accepted {load.per_second:,.0f}/s, p50 {load.p50:.1f} ms, p99 {load.p99:.1f} ms")
    return loads


def _accept_round(system: System, seconds: float) -> Load:
    path, series = system.directory / "invoices", secrets.token_hex(4)
    key = system.environment["BOOTSTRAP_API_KEY"]
    write_requests(path, invoices.requests(series, round(seconds * FOR_EACH_SECOND), key))
    with system.connect() as connection:
        before = _queued(connection)
        load = run_wrk(system.web_port, path, seconds=seconds, connections=CONNECTIONS)
        queued = _queued(connection) - before
    path.unlink()
    if queued < load.accepted:
        raise BenchFailure(f"{load.accepted} sends were accepted but only {queued} are queued: prepare more invoices")
    return load


def _drain(system: System, plan: Plan, say: Callable[[str], None]) -> list[float]:
    rates = []
    with system.connect() as connection:
        connection.execute(HOLD)
        settle(connection)
        with system.running(SIMULATOR, *WORKERS) as supervisor:
            _lift_limits(system)
            each = min(round(plan.round_seconds * DRAINED_FOR_EACH_SECOND), _queued(connection) // plan.rounds)
            for _ in range(plan.rounds):
                rates.append(_drain_round(connection, each, supervisor.check))
                say(f"  drained {rates[-1]:,.0f}/s")
        row = connection.execute(TROUBLE).fetchone()
    if row is None or row[0]:
        raise BenchFailure(f"{row[0] if row else '?'} sends were not accepted by the simulator")
    return rates


def _drain_round(connection: psycopg.Connection, number: int, check: Callable[[], None]) -> float:
    released = connection.execute(RELEASE, (number,)).rowcount
    began = wait_until(connection, BEGUN, LONGEST, check)
    return released / (wait_until(connection, GONE, LONGEST, check) - began)


def _lift_limits(system: System) -> None:
    address = f"http://127.0.0.1:{system.environment['SIMULATOR_PORT']}/_sim/settings"
    with requests.Session() as session:
        session.trust_env = False
        session.post(address, json=UNLIMITED, timeout=5).raise_for_status()


def _queued(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM outbox").fetchone()
    return row[0] if row else 0
