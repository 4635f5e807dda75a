"""What must hold between the limits; a set that contradicts itself refuses to start and says why."""

from collections.abc import Iterator
from dataclasses import dataclass

from messaging.limits import MARGIN_SECONDS, MOST_PAIR_BURST, RECORDING_MARGIN_SECONDS, Limits


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
    for relations in (_of_sending, _of_ingest, _of_waiting, _of_posts, _of_ticks):
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


def _of_posts(limits: Limits) -> Iterator[Relation]:
    yield Relation(
        "the task's soft limit",
        limits.task_soft_seconds,
        limits.callback_seconds + MARGIN_SECONDS,
        "Celery would interrupt a post to a tenant's system",
    )
    yield Relation(
        "how far back new contacts are looked for",
        limits.lookups_overlap_seconds,
        limits.task_hard_seconds + limits.task_soft_seconds,
        "contacts whose ingest took long would never be asked about",
    )


def _of_ticks(limits: Limits) -> Iterator[Relation]:
    yield Relation(
        "SEND_LEASE_SECONDS",
        limits.send_lease_seconds,
        limits.abandoned_tick_seconds,
        "abandoned sends would be noticed later than their lease says",
    )
    yield Relation(
        "how soon a message of unknown outcome is looked at again",
        limits.unknown_recheck_seconds,
        limits.silence_tick_seconds,
        "nobody would look that often",
    )
    yield Relation(
        "the first pause between two probes",
        limits.probe_first_seconds,
        limits.probe_tick_seconds,
        "nobody would look that often",
    )
    yield Relation(
        "how long a template is held",
        limits.template_release_seconds,
        limits.templates_tick_seconds,
        "Meta's list would not have been read since the refusal",
    )
