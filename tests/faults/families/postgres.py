"""4. Postgres stopped, disconnected, locked, full: 503 while it lasts, everything afterwards."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tests.faults.answers import Answers
from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.resumes import promise_that_work_resumes
from tests.faults.rows import how_many
from tests.faults.scale import Scale
from tests.faults.system import System
from tests.faults.time_passes import retries_are_due
from tests.faults.trial import ACKNOWLEDGED_WITHIN, Trial, trial

FAMILY: Final = 4
REFUSED: Final = 503
MAY_BE_ANSWERED: Final = {200, 202, REFUSED}
ANSWERED_WITHIN: Final = 4.5
"""A caller knows within this that it has to come again: the lock timeout is 2 s, and so is that for connecting."""
API, WEBHOOK = "API", "webhook"
POOLS_ARE_WATCHED: Final = 1.0
"""Long enough for every connection of the pools to be asked for once."""

_FILL_DISK = """
CREATE OR REPLACE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""
_FILLED: Final = ("inbox", "messages", "receipts", "attempts")


def postgres_stopped_in_the_middle_of_batches(system: System, scale: Scale, seed: int) -> Ledger:
    """Stop Postgres as an administrator does, then as a crash does, each time for a while."""

    def stop(one: Trial) -> None:
        system.postgres.stop("fast")
        one.passes(scale.outage)
        system.postgres.start()
        one.flows()
        system.postgres.stop("immediate")
        one.passes(scale.outage)
        system.postgres.start()

    return _broken(system, scale, seed, "4  Postgres stopped and started mid-batch", stop)


def postgres_connections_terminated(system: System, scale: Scale, seed: int) -> Ledger:
    """End every connection at once, a few times."""

    def terminate(one: Trial) -> None:
        for _ in range(5):
            ended = how_many(
                system,
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
            )
            one.promise(ended > 0, "connections were terminated; else nothing was tried")
            one.passes(one.random.uniform(0.1, 0.7))

    return _broken(system, scale, seed, "4  Postgres connections terminated", terminate, refused=())


def messages_table_locked(system: System, scale: Scale, seed: int) -> Ledger:
    """Lock `messages` as a careless migration does: sends are refused, webhooks are acknowledged as ever."""

    def lock(one: Trial) -> None:
        began = time.monotonic()
        with one.locked("messages"):
            one.passes(scale.lock)
        one.promise_calm_answers(one.load.posts.answers, began, time.monotonic(), ACKNOWLEDGED_WITHIN)

    return _broken(system, scale, seed, f"4  messages locked for {scale.lock:g} s", lock, refused=(API,))


def inbox_locked(system: System, scale: Scale, seed: int) -> Ledger:
    """Lock the queue of the inbox: webhooks are refused in time and come again."""

    def lock(one: Trial) -> None:
        with one.locked("inbox_queue"):
            one.passes(scale.lock)

    return _broken(system, scale, seed, f"4  inbox locked for {scale.lock:g} s", lock, refused=(WEBHOOK,))


def disk_full(system: System, scale: Scale, seed: int) -> Ledger:
    """Refuse every insert as a full disk does."""

    def fill(one: Trial) -> None:
        with _full_disk(system):
            one.passes(scale.outage)

    return _broken(system, scale, seed, "4  disk full", fill)


def _broken(
    system: System,
    scale: Scale,
    seed: int,
    name: str,
    break_it: Callable[[Trial], None],
    *,
    refused: Sequence[str] = (API, WEBHOOK),
) -> Ledger:
    """Break it under load; `refused` tells who must have got 503 meanwhile (else nothing was tried)."""
    with trial(system, name, seed=seed, settle=scale.settle) as one:
        one.flows()
        began = time.monotonic()
        break_it(one)
        promise_that_work_resumes(one)
        _promise_recovered_pools(one)
        retries_are_due(system, scale)
    _promise_clear_answers(one, began, time.monotonic(), refused)
    return one.ledger


def _promise_recovered_pools(one: Trial) -> None:
    """Once work goes on nobody is refused any more: no pool hands out a dead connection."""
    began = time.monotonic()
    one.flows()
    one.passes(POOLS_ARE_WATCHED)
    for who, answers in _answers(one):
        late = [answer.status for answer in answers.between(began, time.monotonic()) if answer.status == REFUSED]
        one.promise(not late, f"{who}: nobody is refused after the return; {len(late)} were")


def _answers(one: Trial) -> Sequence[tuple[str, Answers]]:
    return (API, one.api.answers), (WEBHOOK, one.load.posts.answers)


def _promise_clear_answers(one: Trial, began: float, ended: float, refused: Sequence[str]) -> None:
    """Callers and Meta were told 503 in time, with Retry-After (tests.faults.callers), or accepted."""
    for who, answers in _answers(one):
        statuses = answers.statuses()
        one.promise(set(statuses) <= MAY_BE_ANSWERED, f"{who}: 503 or accepted; {statuses}")
        one.promise_calm_answers(answers, began, ended, ANSWERED_WITHIN)
        if who in refused:
            one.promise(REFUSED in statuses, f"{who}: some got 503; else nothing was tried")


@contextlib.contextmanager
def _full_disk(system: System) -> Iterator[None]:
    with system.database() as connection:
        connection.execute(_FILL_DISK)
        for table in _FILLED:
            connection.execute(
                f"CREATE TRIGGER disk_is_full BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full()"  # type: ignore[arg-type]
            )
        try:
            yield
        finally:
            for table in _FILLED:
                connection.execute(f"DROP TRIGGER disk_is_full ON {table}")  # type: ignore[arg-type]


FAULTS: Final = tuple(
    Fault(FAMILY, run)
    for run in (
        postgres_stopped_in_the_middle_of_batches,
        postgres_connections_terminated,
        messages_table_locked,
        inbox_locked,
        disk_full,
    )
)
