"""How many receipts are processed a second, beside the tutorial's worker."""

from collections.abc import Callable, Sequence
from statistics import median

import orjson
import psycopg

from bench import webhooks
from bench.comparison import TUTORIAL_WORKER, Comparison
from bench.fill import add_sent_messages, settle
from bench.plan import Plan
from bench.system import WORKERS, System
from bench.table import Row
from bench.waiting import wait_until
from bench.webhooks import SentMessage
from db.ids import new_id
from db.queries.inbox import APPEND

TARGET = 2_500.0
FOR_EACH_SECOND = 3_000
"""Receipts prepared for each second that a round shall last."""
TUTORIAL_FOR_EACH_SECOND = 300
APPEND_AT_ONCE = 5_000
LONGEST = 120.0

BEGUN = "SELECT EXISTS (SELECT FROM inbox_queue WHERE attempts > 0)"
EMPTY = "SELECT NOT EXISTS (SELECT FROM inbox_queue)"
TUTORIAL_BEGUN = "SELECT EXISTS (SELECT FROM message_statuses)"


def measure(system: System, plan: Plan, say: Callable[[str], None]) -> list[Row]:
    """Return the figures of processing: each message has one receipt, each receipt came in a POST of its own."""
    count = round(plan.round_seconds * FOR_EACH_SECOND)
    with system.connect() as connection:
        messages = add_sent_messages(connection, count * plan.rounds)
        settle(connection)
    rates = []
    with system.running(*WORKERS) as supervisor:
        for number in range(plan.rounds):
            rates.append(_round(system, messages[number * count : (number + 1) * count], supervisor.check))
            say(f"  {'Paperboy':<10} {rates[-1]:8,.0f}/s")
    tutorial = _tutorial(system, messages[: round(plan.round_seconds * TUTORIAL_FOR_EACH_SECOND)])
    say(f"  {'tutorial':<10} {tutorial:8,.0f}/s")
    return [
        Row("receipts processed", median(rates), target=TARGET, remarks=f"{count:,} waiting, one in each POST"),
        Row("tutorial's worker: a task for each webhook, ORM", tutorial),
        Row("processed ÷ tutorial's worker", median(rates) / tutorial, "×"),
    ]


def _round(system: System, messages: Sequence[SentMessage], check: Callable[[], None]) -> float:
    """Fill the inbox in one transaction, wait until it is empty, return receipts a second from the first claim on."""
    with system.connect() as connection:
        with connection.transaction():
            put_in_inbox(connection, list(webhooks.bodies(messages, ["delivered"])))
        began = wait_until(connection, BEGUN, LONGEST, check)
        return len(messages) / (wait_until(connection, EMPTY, LONGEST, check) - began)


def put_in_inbox(connection: psycopg.Connection, bodies: Sequence[bytes]) -> None:
    """Store webhooks as the receiver does, though without a proof of their origin."""
    for first in range(0, len(bodies), APPEND_AT_ONCE):
        part = bodies[first : first + APPEND_AT_ONCE]
        connection.execute(APPEND, ([new_id() for _ in part], part, [None] * len(part)))


def _tutorial(system: System, messages: Sequence[SentMessage]) -> float:
    comparison = Comparison(system)
    comparison.make_database(system)
    comparison.add_messages(message.wamid for message in messages)
    comparison.queue(orjson.loads(body) for body in webhooks.bodies(messages, ["delivered"]))
    with system.running(TUTORIAL_WORKER, more=comparison.environment) as supervisor, comparison.connect() as connection:
        began = wait_until(connection, TUTORIAL_BEGUN, LONGEST, supervisor.check)
        all_there = "SELECT count(*) = (SELECT count(*) FROM messages) FROM message_statuses"
        ended = wait_until(connection, all_there, LONGEST, supervisor.check)
    comparison.forget_tasks()
    return len(messages) / (ended - began)
