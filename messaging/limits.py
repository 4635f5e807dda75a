"""Every lease, timeout and threshold of the machinery with its reason, and what must hold between them."""

from collections.abc import Iterator
from dataclasses import dataclass

CONNECT_TRIES = 3
"""Tries of a request that provably did not leave, within one attempt (whatsapp.graph)."""
CONNECT_PAUSES_SECONDS = 1.1
"""Between these tries, jitter included."""
MARGIN_SECONDS = 5.0
"""For a process that is not scheduled at once, and for writing down what came of a call."""
RECORDING_MARGIN_SECONDS = 1.0
"""For writing down what came of a call, when somebody waits for the worker's end."""
MOST_PAIR_BURST = 45
"""Meta: About the platform, pair rate limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """In seconds, unless the name says otherwise."""

    graph_connect_seconds: float = 3.05
    """A little above 3, the first repeat of a lost SYN."""
    graph_read_seconds: float = 10.0
    """Meta answers in 0.3 s as a rule. Shorter makes more unknowns, longer holds a thread."""
    proving_seconds: float = 4.0
    """For asking Meta whose number it is while somebody waits for POST /v1/channels; longer is not waited for, the
    channel is connected all the same and the number is proved by the next check."""
    claiming_seconds: float = 5.0
    """How long a sending task claims; it ends with its last call. Longer delays a stop, shorter costs more rings."""
    send_lease_seconds: float = 60.0
    """A claimed message belongs to its worker so long; after it, the worker is gone and the outcome unknown."""
    send_attempts: int = 5
    """Calls for one message. Meta's hiccups of seconds pass within the first three, one of minutes within five; who is
    refused five times waits for a person instead of calling on."""
    patience_seconds: float = 86_400.0
    """How long rate limits may put a message off. A document that could not leave for a day is old news: whether it
    still goes out is for a person to say."""
    keys_kept_seconds: float = 604_800.0
    """Idempotency keys: longer than any caller retries one request. Documents keep their own key for ever."""
    worker_stop_seconds: float = 14.5
    """What a stopping worker has for its running calls; then the supervisor kills it. A whole stop has 30 s."""
    ingest_lease_seconds: float = 30.0
    """A claimed inbox row is left alone so long: what a killed worker held comes late by this."""
    ingest_attempts: int = 5
    """A row that fails as often is poison: it ends as a failed event, listed and replayable."""
    ingest_claims: int = 10
    """So does a row whose attempts do not even end, as it ends its process. More: restarts hit rows by chance."""
    ingest_retry_seconds: float = 5.0
    """Before a row that failed is tried again; times the number of attempts."""
    draining_seconds: float = 5.0
    """How long an ingest task takes new rows, so that a stop is quick and the queue's other tasks get their turn."""
    giving_back_seconds: float = 15.0
    """How long giving back rows that met Postgres's trouble is tried; after it they wait for the end of their lease."""
    web_lock_seconds: float = 2.0
    """A request waits so long for a lock of Postgres's before its 503: whoever asks is not kept waiting."""
    web_statement_seconds: float = 5.0
    """The longest statement of a request takes far under one second."""
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
    unknown_witnesses: int = 3
    """So many neighbours in time must have brought receipts (db.queries.unknown): Meta's webhooks reached us then."""
    unknown_near_seconds: float = 60.0
    """Who was sent this close to a message shared its fate; a receipt within this came without a retry of Meta's."""
    unknown_queued_before_seconds: float = 600.0
    """How long before its call a neighbour may have been created: bounds how many messages are looked at."""
    inbox_is_current_seconds: float = 10.0
    """A webhook that waits longer in our inbox could be the very receipt: until then silence proves nothing."""
    pair_interval_seconds: float = 6.0
    """Meta: About the platform, pair rate limits. One message to a recipient every six seconds …"""
    pair_burst: int = 40
    """… of which some may be sent at once and paid off later; Meta allows MOST_PAIR_BURST, its clock is not ours."""
    probe_first_seconds: float = 30.0
    """When a paused channel is first asked again: long enough for a person to see the alarm, short for a hiccup."""
    probe_cap_seconds: float = 900.0
    """Each further probe waits twice as long, up to this: a repaired channel sends again within 15 minutes."""
    probes_at_once: int = 20
    """Channels probed together: when Meta hangs, all of them take as long as one."""
    silence_gaps: int = 8
    """A connected session that is silent for so many of its usual gaps is asked how it is. Fewer: every lunch break is
    an alarm; more: a dead line is found a day late."""
    silence_gap_weight: float = 0.1
    """Of the newest gap in the usual one: about the last twenty count."""
    silence_least_seconds: float = 3_600.0
    """However busy it is: an hour without anything is no alarm yet."""
    silence_most_seconds: float = 86_400.0
    """However quiet it is: a whole day without anything is looked at."""
    callback_first_seconds: float = 10.0
    """An alarm that was not taken is posted again after this: a restart of the other side …"""
    callback_growth: int = 6
    """… and each time after so many times as long: 10 s, 1 min, 6 min, 36 min, 3.6 h, …"""
    callback_cap_seconds: float = 21_600.0
    """… up to this."""
    callback_attempts: int = 9
    """A day in all: who does not take alarms for so long looks at the page."""
    template_release_seconds: float = 600.0
    """A held template is tried again when Meta's list calls it approved and the refusal is as old: the list may lag."""
    template_retry_seconds: float = 3_600.0
    """A held template is tried again when nobody can tell whether Meta approves of it."""

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

    @property
    def longest_last_call_seconds(self) -> float:
        """The same once the worker stops: what did not leave is put back instead of tried again."""
        return self.graph_connect_seconds + self.graph_read_seconds


DEFAULTS = Limits()


@dataclass(frozen=True, slots=True)
class Relation:
    """Something that must be at least as large as something else, and what breaks otherwise."""

    name: str
    value: float
    least: float
    reason: str
    unit: str = " s"

    def __str__(self) -> str:
        return f"{self.name} is {self.value:g}{self.unit} but must be at least {self.least:g}{self.unit}: {self.reason}"


def contradictions(limits: Limits) -> Iterator[str]:
    """Yield a sentence for each relation that does not hold and would break a promise."""
    for relations in (_of_sending, _of_ingest, _of_waiting):
        for relation in relations(limits):
            if relation.value < relation.least:
                yield str(relation)


def _of_sending(limits: Limits) -> Iterator[Relation]:
    call = limits.longest_call_seconds
    yield Relation(
        "SEND_LEASE_SECONDS",
        limits.send_lease_seconds,
        call + MARGIN_SECONDS,
        "a message still in a call would be called unknown",
    )
    yield Relation(
        "the task's soft limit",
        limits.task_soft_seconds,
        limits.claiming_seconds + call + limits.recording_seconds,
        "Celery would interrupt a call or its recording",
    )
    yield Relation(
        "the task's hard limit",
        limits.task_hard_seconds,
        limits.task_soft_seconds + MARGIN_SECONDS,
        "a task could not wind up",
    )
    yield Relation(
        "the broker's visibility timeout",
        limits.visibility_seconds,
        limits.task_hard_seconds + MARGIN_SECONDS,
        "running tasks would be given out twice",
    )
    yield Relation(
        "with this GRAPH_READ_TIMEOUT_SECONDS the time that a stopping worker has",
        limits.worker_stop_seconds,
        limits.longest_last_call_seconds + RECORDING_MARGIN_SECONDS,
        "a stop would cut a call off and leave its outcome unknown",
    )
    yield Relation(
        "Meta's largest burst to a recipient",
        MOST_PAIR_BURST,
        limits.pair_burst,
        "Meta would refuse the last of a burst",
        unit="",
    )


def _of_ingest(limits: Limits) -> Iterator[Relation]:
    yield Relation(
        "INGEST_LEASE_SECONDS",
        limits.ingest_lease_seconds,
        limits.worker_statement_seconds + MARGIN_SECONDS,
        "a batch that waits for a lock would be claimed twice",
    )
    yield Relation(
        "the task's soft limit",
        limits.task_soft_seconds,
        limits.draining_seconds + limits.worker_statement_seconds + limits.giving_back_seconds,
        "Celery would interrupt a batch before its rows are given back",
    )
    yield Relation(
        "the number of times that an inbox row is claimed",
        limits.ingest_claims,
        limits.ingest_attempts + 1,
        "a row that fails would be said to end its worker",
        unit="",
    )
    yield Relation(
        "the statement timeout",
        limits.worker_statement_seconds,
        limits.worker_lock_seconds,
        "the lock timeout would never show",
    )
    yield Relation(
        "the statement timeout of requests",
        limits.web_statement_seconds,
        limits.web_lock_seconds,
        "the lock timeout would never show",
    )


def _of_waiting(limits: Limits) -> Iterator[Relation]:
    yield Relation(
        "UNKNOWN_SILENCE_SECONDS",
        limits.unknown_silence_seconds,
        max(limits.send_lease_seconds, limits.inbox_is_current_seconds),
        "a call could still be running, or its receipt still wait in the inbox",
    )
    yield Relation(
        "how far back neighbours of an unknown message are looked for",
        limits.unknown_queued_before_seconds,
        limits.unknown_near_seconds,
        "witnesses would be overlooked",
    )
    yield Relation(
        "how long idempotency keys are kept",
        limits.keys_kept_seconds,
        limits.patience_seconds,
        "a repeated request would make a second message while the first still waits",
    )
    yield Relation(
        "the longest pause between two probes",
        limits.probe_cap_seconds,
        limits.probe_first_seconds,
        "the first pause would be cut short",
    )
    yield Relation(
        "how long a template of an unknown account is held",
        limits.template_retry_seconds,
        limits.template_release_seconds,
        "it would be tried more boldly than one whose approval is known",
    )
