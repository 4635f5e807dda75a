"""A trial: a clean start, a load, something broken, quiet, and the count."""

import contextlib
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import psycopg

from tests.faults import audit, truth, verdict
from tests.faults.answers import Answers, quantile
from tests.faults.callers import Api, Asked
from tests.faults.ledger import Ledger
from tests.faults.load import Load, Rates
from tests.faults.rows import all_of, how_many
from tests.faults.system import System
from tests.faults.waiting import holds_within, until

KEPT_TABLES: Final = frozenset(
    {"alembic_version", "tenants", "api_keys", "channels", "pacing", "templates", "document_templates"}
)
SIMULATOR_SETTINGS: Final = {
    "delays_ms": {"sent": 30, "delivered": 120, "read": 300},
    "answer_delay_ms": 60,
    "retry_start_ms": 100,
    "retry_max_ms": 1_000,
    "webhook_timeout_ms": 5_000,
    "throughput_mps": 0,
    "pair_interval_ms": 0,
}
"""Meta's own limits are off except where they are what is tried."""
ANSWERED_WITHIN: Final = 60.0
"""After the end of a fault every caller and sender must be answered."""
ACKNOWLEDGED_WITHIN: Final = 1.5
"""Who need not wait for what is broken: whoever waits for Redis or for a lock waits for 2 s at least."""

FIRST_FAULTY_PHONE: Final = 4_000_000
ACCEPTED, CONFLICT = 202, 409

_numbers = itertools.count(1)


class Trial:
    """One fault while it is tried.

    Args:
        system: running.
        fault: its name, as in the ledger.
        rates: of the load.
        seed: of every choice.
        is_erp: the load sends invoices alone, and knows no Idempotency-Key.
    """

    def __init__(self, system: System, fault: str, rates: Rates, seed: int, *, is_erp: bool = False) -> None:
        self.system = system
        self.label = f"F{next(_numbers):03d}x"
        self.random = random.Random(f"{seed} {fault}")
        self.ledger = Ledger(fault)
        self.api = Api(system.url, system.environment["BOOTSTRAP_API_KEY"])
        self.load = Load(self.api, system.url, system.meta, self.label, rates, is_erp=is_erp)
        self._faulty_phones = itertools.count(FIRST_FAULTY_PHONE)
        self.resent: Counter[str] = Counter()
        """Message id → how often a person had it sent again."""
        self.tries_refusals = False
        """Set by trials in which messages fail as they should; in all others each must arrive."""

    def promise(self, kept: bool, what: str) -> None:
        """Note a promise of this fault beyond the ledger's columns."""
        if not kept:
            self.ledger.broken.append(what)

    def promise_within(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Note a promise that something comes true within `seconds`."""
        self.promise(holds_within(condition, seconds), f"{what} within {seconds:g} s")

    def send_under(self, name: str, fault: Mapping[str, Any]) -> Asked:
        """Send one message, to a customer of its own, into a fault that meets no other."""
        phone = f"+1809{next(self._faulty_phones)}"
        self.system.meta.control("faults", {**fault, "to": phone})
        return self.load.callers.send_now(name, phone)

    def promise_faults_were_met(self, wanted: int) -> None:
        """Note that so many calls to Meta met a fault; else nothing was tried."""
        met = sum(self.system.meta.look("stats")["faults"].values())
        self.promise(met >= wanted, f"{wanted} calls meet their fault; {met} did")

    def resend(self, asked: Asked) -> bool:
        """Have a message sent again by a person; True when it was still possible."""
        answer = self.api.call("POST", f"/v1/messages/{asked.message_id}/resend")
        assert answer is not None
        self.promise(answer.status_code in (ACCEPTED, CONFLICT), f"resend is answered {answer.status_code}")
        if answer.status_code == ACCEPTED and asked.message_id:
            self.resent[asked.message_id] += 1
        return answer.status_code == ACCEPTED

    def flows(self, seconds: float = 20) -> None:
        """Wait until each stream of the load has had effects since now."""
        before = self._effects()
        until(
            lambda: all(now >= then + 3 for now, then in zip(self._effects(), before, strict=True)),
            seconds,
            "the load has effects",
        )

    def passes(self, seconds: float) -> None:
        """Let the load run on under the fault for a time; the length is the fault's own."""
        time.sleep(seconds)

    def promise_calm_answers(self, answers: Answers, start: float, end: float, worst: float) -> None:
        """Note the promise that answers given from `start` to `end` took at most `worst` seconds, but for one of a hundred."""
        during = [one.seconds for one in answers.between(start, end)]
        slow = quantile(during, 0.99)
        self.promise(bool(during) and slow <= worst, f"answers within {worst:g} s; 99 of 100 took {slow:.3f} s")

    @contextlib.contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Hold the strongest lock on a table, as a careless migration does."""
        with self.system.database() as connection, connection.transaction():
            connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")  # type: ignore[arg-type]
            yield

    def _effects(self) -> tuple[int, int]:
        with self.system.database() as connection:
            inbound, accepted = connection.execute(
                "SELECT count(*) FILTER (WHERE direction = 'inbound'), "
                "count(*) FILTER (WHERE direction = 'outbound' AND wamid IS NOT NULL) FROM messages"
            ).fetchone()  # type: ignore[misc]
            return inbound, accepted


@contextlib.contextmanager
def trial(
    system: System,
    fault: str,
    *,
    rates: Rates | None = None,
    seed: int = 0,
    settle: float = 60,
    is_erp: bool = False,
) -> Iterator[Trial]:
    """Run the body as the fault, then wait for quiet and count; `.ledger` of the result holds the figures.

    Args:
        system: running; what is dead is started again first, and its tables are emptied.
        fault: name for the ledger.
        rates: of the load.
        seed: of every choice.
        settle: seconds after the fault within which everything accepted must have its effect.
        is_erp: the load sends invoices alone, and knows no Idempotency-Key.
    """
    clean(system)
    one = Trial(system, fault, rates or Rates(), seed, is_erp=is_erp)
    one.load.start()
    try:
        yield one
    except BaseException as error:
        error.add_note(_where_messages_stand(system))
        one.load.finish(0)
        raise
    ended = time.monotonic()
    one.load.finish(ANSWERED_WITHIN)
    one.ledger.broken += one.load.book.refusals
    if holds_within(lambda: is_quiet(system), settle):
        one.ledger.recovered = time.monotonic() - ended
    one.api.sessions.close()
    count(one)


def clean(system: System) -> None:
    """Start what is dead and empty what trials fill, on both sides."""
    system.repair()
    until(lambda: is_reachable(system), 20, "the API answers")
    system.meta.control("reset")
    system.meta.control("settings", **SIMULATOR_SETTINGS)
    with system.database() as connection:
        names = [row[0] for row in connection.execute(_TABLES) if row[0] not in KEPT_TABLES]
        connection.execute("SET session_replication_role = replica")  # any order will do
        for name in names:
            connection.execute(f"DELETE FROM {name}")  # type: ignore[arg-type]
        for statement in _AS_AT_FIRST:
            connection.execute(statement)  # type: ignore[arg-type]


def is_reachable(system: System) -> bool:
    """Tell whether the API is ready to take work."""
    api = Api(system.url, "")
    answer = api.call("GET", "/health/ready")
    api.sessions.close()
    return answer is not None and answer.ok


def is_quiet(system: System) -> bool:
    """Tell whether nothing is on its way any more, on either side."""
    webhooks = system.meta.look("stats")["webhooks"]
    if webhooks["pending"] or webhooks["posts_open"]:
        return False
    try:
        with system.database() as connection:
            return bool(connection.execute(_IS_QUIET).fetchone()[0])  # type: ignore[index]
    except psycopg.OperationalError:
        return False


def _where_messages_stand(system: System) -> str:
    try:
        return ", ".join(f"{number} {status}" for status, number in all_of(system, _BY_STATUS)) or "no message"
    except psycopg.OperationalError as error:
        return f"no word of the messages: {error}"


def count(one: Trial) -> None:
    """Fill the ledger of a trial from both sides."""
    if not one.tries_refusals:
        failed = how_many(one.system, _FAILED)
        one.promise(failed == 0, f"nothing fails that Meta would have taken; {failed}")
    with one.system.database() as connection:
        both_sides = truth.read(one.system.meta, connection, one.label)
        one.ledger.regressed += audit.regressions(connection, one.resent.keys())
    verdict.judge(
        one.ledger,
        both_sides,
        accepted=one.load.book.accepted,
        acknowledged=one.load.posts.acknowledged,
        receipts=one.load.posts.receipts,
        resent=one.resent,
    )


_FAILED = "SELECT count(*) FROM messages WHERE direction = 'outbound' AND status = 'failed' AND wamid IS NULL"
_BY_STATUS = "SELECT status, count(*) FROM messages WHERE direction = 'outbound' GROUP BY status ORDER BY status"
_TABLES = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""
_OTHERS = "SELECT id FROM tenants WHERE slug <> 'default'"
_AS_AT_FIRST = (
    f"DELETE FROM channels WHERE tenant_id IN ({_OTHERS})",
    "DELETE FROM tenants WHERE slug <> 'default'",
    "UPDATE channels SET paused_at = NULL, paused_code = NULL, paused_reason = NULL, probe_at = NULL, probes = 0, "
    "is_on_trial = false",
    "UPDATE pacing SET slowed_to = NULL, blocked_until = NULL",
)
_IS_QUIET = """
SELECT NOT EXISTS (SELECT FROM inbox_queue) AND NOT EXISTS (SELECT FROM outbox) AND NOT EXISTS (
    SELECT FROM receipts r JOIN messages m ON m.channel_id = r.channel_id AND m.wamid = r.wamid
    WHERE r.message_id IS NULL AND m.direction = 'outbound'
)
"""
