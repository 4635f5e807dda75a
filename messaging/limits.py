"""Every lease, timeout and threshold of the machinery with its reason, and what must hold between them."""

from collections.abc import Iterator
from dataclasses import dataclass

CONNECT_TRIES = 3
"""Tries of a request that provably did not leave, within one attempt (whatsapp.graph)."""
CONNECT_PAUSES_SECONDS = 1.1
"""Between these tries, jitter included."""
MARGIN_SECONDS = 5.0
"""For a process that is not scheduled at once, and for writing down what came of a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """In seconds, unless the name says otherwise."""

    graph_connect_seconds: float = 3.05
    """A little above 3, the first repeat of a lost SYN."""
    graph_read_seconds: float = 10.0
    """Meta answers in 0.3 s as a rule. Shorter makes more unknowns, longer holds a thread."""
    claiming_seconds: float = 5.0
    """How long a sending task claims; it ends with its last call. Longer delays a stop, shorter costs more rings."""
    send_lease_seconds: float = 60.0
    """A claimed message belongs to its worker so long; after it, the worker is gone and the outcome unknown."""
    ingest_lease_seconds: float = 30.0
    """A claimed inbox row is left alone so long: what a killed worker held comes late by this."""
    worker_lock_seconds: float = 10.0
    """A worker waits so long for a lock of Postgres's."""
    worker_statement_seconds: float = 20.0
    """The largest batch takes under one second; a statement that takes this long is stuck."""
    task_soft_seconds: float = 45.0
    task_hard_seconds: float = 60.0
    """Celery kills the child after this: the last resort against a call that never ends."""
    visibility_seconds: float = 300.0
    """A Redis broker gives a task out again after this: harmless, as tasks are doorbells, but useless work."""
    sweep_seconds: float = 2.0
    """Whatever ring got lost, due rows are late by this. One query on two small indexes each time."""
    unknown_silence_seconds: float = 900.0
    """How long a message of unknown outcome waits for a receipt before silence may count. A sent receipt takes seconds,
    also when the customer's phone is off; a quarter of an hour outlasts Meta's usual hiccups, early for an invoice."""
    unknown_recheck_seconds: float = 60.0
    """When silence does not count yet, it is looked at again after this."""
    pair_interval_seconds: float = 6.0
    """Meta: About the platform, pair rate limits. One message to a recipient every six seconds …"""
    pair_burst: int = 40
    """… of which some may be sent at once and paid off later; Meta allows 45, its clock is not ours."""
    probe_first_seconds: float = 30.0
    """When a paused channel is first asked again: long enough for a person to see the alarm, short for a hiccup."""
    probe_cap_seconds: float = 900.0
    """Each further probe waits twice as long, up to this: a repaired channel sends again within 15 minutes."""
    unknown_witnesses: int = 3
    """So many neighbours in time must have brought receipts (db.queries.unknown): Meta's webhooks reached us then."""

    @property
    def recording_seconds(self) -> float:
        """How long the outcome of a call is tried to be written while Postgres is away: within the message's lease."""
        return max(0.0, min(15.0, self.send_lease_seconds - self.longest_call_seconds - MARGIN_SECONDS))

    @property
    def pair_debt_seconds(self) -> float:
        """How far a recipient's messages may run ahead of the pair rate."""
        return self.pair_burst * self.pair_interval_seconds

    @property
    def longest_call_seconds(self) -> float:
        """The longest that one attempt can take."""
        return CONNECT_TRIES * self.graph_connect_seconds + CONNECT_PAUSES_SECONDS + self.graph_read_seconds


DEFAULTS = Limits()


def contradictions(limits: Limits) -> Iterator[str]:
    """Yield a sentence for each relation that does not hold and would break a promise."""
    call = limits.longest_call_seconds
    for name, value, least, reason in (
        (
            "SEND_LEASE_SECONDS",
            limits.send_lease_seconds,
            call + MARGIN_SECONDS,
            "a message still in a call would be called unknown",
        ),
        (
            "the task's soft limit",
            limits.task_soft_seconds,
            limits.claiming_seconds + call + limits.recording_seconds,
            "Celery would interrupt a call or its recording",
        ),
        (
            "the task's hard limit",
            limits.task_hard_seconds,
            limits.task_soft_seconds + MARGIN_SECONDS,
            "a task could not wind up",
        ),
        (
            "the broker's visibility timeout",
            limits.visibility_seconds,
            limits.task_hard_seconds + MARGIN_SECONDS,
            "running tasks would be given out twice",
        ),
        (
            "INGEST_LEASE_SECONDS",
            limits.ingest_lease_seconds,
            limits.worker_statement_seconds + MARGIN_SECONDS,
            "a batch that waits for a lock would be claimed twice",
        ),
        (
            "the statement timeout",
            limits.worker_statement_seconds,
            limits.worker_lock_seconds,
            "the lock timeout would never show",
        ),
        (
            "UNKNOWN_SILENCE_SECONDS",
            limits.unknown_silence_seconds,
            limits.send_lease_seconds,
            "a call could still be running",
        ),
    ):
        if value < least:
            yield f"{name} is {value:g} s but must be at least {least:g} s: {reason}"
