"""3. Redis killed, emptied, frozen, out of connections: work is late by seconds, acknowledgements are not."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.resumes import promise_that_work_resumes
from tests.faults.rows import how_many
from tests.faults.scale import Scale
from tests.faults.system import KEY_PREFIX, WORKERS, System
from tests.faults.trial import ACKNOWLEDGED_WITHIN, ANSWERED_WITHIN, Trial, trial
from tests.faults.waiting import until
from worker.queues import INGEST, SEND

FAMILY: Final = 3
TOO_FEW_CONNECTIONS: Final = 3
RINGS_COME_WITHIN: Final = 1.5
"""The doorbell's longest pause is 1 s."""
STOPS_WITHIN: Final = 30.0


def redis_killed_and_restarted_empty(system: System, scale: Scale, seed: int) -> Ledger:
    """SIGKILL Redis and start it without its data."""

    def lose(one: Trial) -> None:
        system.redis.kill()
        _promise_nobody_reaches_it(one)
        one.passes(scale.outage)
        system.restart_redis_empty()

    return _broken(system, scale, seed, "3  Redis killed, restarted empty", lose)


def redis_flushed(system: System, scale: Scale, seed: int) -> Ledger:
    """FLUSHALL under load, a few times."""

    def flush(one: Trial) -> None:
        with _client(system) as client:
            for _ in range(5):
                one.promise_within(
                    lambda: client.dbsize() > 0, 10, "there is something to lose; else nothing was tried"
                )
                client.flushall()
                one.passes(one.random.uniform(0.1, 0.6))

    return _broken(system, scale, seed, "3  Redis emptied (FLUSHALL)", flush)


def all_rings_lost(system: System, scale: Scale, seed: int) -> Ledger:
    """Redis is emptied after work was accepted and before any worker heard of it: only the sweeper can find it."""
    with trial(system, "3  all rings lost", seed=seed, settle=scale.settle) as one:
        one.flows()
        for name in WORKERS:
            system.terminate(name)
        for name in WORKERS:
            system.seconds_to_end(name, STOPS_WITHIN)
        one.load.finish(ANSWERED_WITHIN)
        with _client(system) as client:
            until(lambda: _is_emptied_for_good(one, client), 20, "the last ring is lost, too")
        one.promise(how_many(system, "SELECT count(*) FROM outbox") > 0, "work waits; else nothing was tried")
        system.repair()
    return one.ledger


def redis_frozen(system: System, scale: Scale, seed: int) -> Ledger:
    """SIGSTOP Redis: its connections stay open and nobody answers."""

    def freeze(one: Trial) -> None:
        system.freeze_redis()
        try:
            _promise_nobody_reaches_it(one)
            one.passes(scale.freeze)
        finally:
            system.thaw_redis()

    return _broken(system, scale, seed, f"3  Redis frozen for {scale.freeze:g} s", freeze)


def redis_out_of_connections(system: System, scale: Scale, seed: int) -> Ledger:
    """Let Redis take too few connections, and end those it has."""

    def starve(one: Trial) -> None:
        with _client(system) as client:
            usual = client.config_get("maxclients")["maxclients"]
            client.config_set("maxclients", TOO_FEW_CONNECTIONS)
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            _promise_nobody_reaches_it(one)
            one.passes(scale.outage)
            client.config_set("maxclients", usual)

    return _broken(system, scale, seed, "3  Redis out of connections", starve)


def _broken(system: System, scale: Scale, seed: int, name: str, break_it: Callable[[Trial], None]) -> Ledger:
    with trial(system, name, seed=seed, settle=scale.settle) as one:
        one.flows()
        began = time.monotonic()
        break_it(one)
        promise_that_work_resumes(one)
        answers = one.load.posts.answers
        one.promise_calm_answers(answers, began, time.monotonic(), ACKNOWLEDGED_WITHIN)
        one.promise(set(answers.statuses()) == {200}, f"every webhook is answered 200: {answers.statuses()}")
    return one.ledger


def _is_emptied_for_good(one: Trial, client: redis.Redis) -> bool:
    """Empty Redis; tell whether no doorbell has rung since, as one does that was still to come."""
    client.flushall()
    one.passes(RINGS_COME_WITHIN)
    return not any(client.exists(f"{KEY_PREFIX}{queue}") for queue in (INGEST, SEND))


def _promise_nobody_reaches_it(one: Trial) -> None:
    """Note that a newcomer finds no Redis; else nothing was tried."""

    def is_away() -> bool:
        with redis.Redis.from_url(one.system.redis.url, socket_timeout=0.3, retry=Retry(NoBackoff(), 0)) as newcomer:
            try:
                newcomer.ping()
            except redis.RedisError:
                return True
        return False

    one.promise_within(is_away, 5, "Redis is away; else nothing was tried")


@contextlib.contextmanager
def _client(system: System) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(system.redis.url, socket_timeout=5) as client:
        yield client


FAULTS: Final = tuple(
    Fault(FAMILY, run)
    for run in (
        redis_killed_and_restarted_empty,
        redis_flushed,
        all_rings_lost,
        redis_frozen,
        redis_out_of_connections,
    )
)
