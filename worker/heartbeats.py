"""Which workers live: each writes into Redis when its loop last turned; asking is one round trip and no broadcast.

Times are Redis's own, so that the clocks of two machines need not agree.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any, Final

import orjson
import redis
from celery import signals
from redis.backoff import NoBackoff
from redis.retry import Retry

from observability.logging import get_logger
from settings import get_settings

KEY: Final = "paperboy:workers"
WRITE_SECONDS: Final = 3.0
LATELY_SECONDS: Final = 15.0
"""Who is silent for longer is away: five times the pause between two lines of a worker that lives."""
FORGET_SECONDS: Final = 3600.0
"""A worker of another name, as every new container has, leaves its line behind."""
STEP_SECONDS: Final = 0.1
"""Connecting, logging in and asking take one such step each: 0.3 s in all."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerState:
    """What a worker last wrote of itself."""

    name: str
    queues: list[str]
    seconds_ago: float


def client_of(url: str) -> redis.Redis:
    """Return a client that gives up at once: three steps of STEP_SECONDS at the most."""
    return redis.Redis.from_url(
        url, socket_connect_timeout=STEP_SECONDS, socket_timeout=STEP_SECONDS, retry=Retry(NoBackoff(), 0)
    )


def write(client: redis.Redis, name: str, queues: list[str]) -> None:
    """Tell that this worker lives.

    Raises:
        RedisError, OSError: Redis is away.
    """
    client.hset(KEY, name, orjson.dumps({"at": _now(client), "queues": queues}).decode())
    for state in workers(client):
        if state.seconds_ago > FORGET_SECONDS:
            client.hdel(KEY, state.name)


def workers(client: redis.Redis) -> list[WorkerState]:
    """Return the workers known, by name.

    Raises:
        RedisError, OSError: Redis is away.
    """
    with client.pipeline(transaction=False) as pipeline:
        pipeline.time()
        pipeline.hgetall(KEY)
        (seconds, micros), written = pipeline.execute()
    return _read(written, seconds + micros / 1_000_000)


def _now(client: redis.Redis) -> float:
    told: Any = client.time()
    return float(told[0]) + told[1] / 1_000_000


def _read(written: dict[bytes, bytes], now: float) -> list[WorkerState]:
    lines = {name.decode(): orjson.loads(line) for name, line in written.items()}
    return [WorkerState(name, line["queues"], max(now - line["at"], 0.0)) for name, line in sorted(lines.items())]


class _Loop:
    """The worker's loop, from which Celery sends its own heartbeat every two seconds."""

    def __init__(self) -> None:
        self.turned = time.monotonic()

    def turn(self, **_: Any) -> None:
        """Note that it turned."""
        self.turned = time.monotonic()


_loop = _Loop()
signals.heartbeat_sent.connect(_loop.turn, weak=False)  # now: Celery looks for receivers only once, when it starts


def begin(worker: Any) -> None:
    """Write from now on that this worker lives, where there is a Redis.

    It is written beside the worker's loop, which a frozen Redis must not hold up, and only while that loop turns.

    Args:
        worker: Celery's, once it consumes.
    """
    url = get_settings().redis_address
    if url is not None:
        line = (client_of(url), worker.hostname, sorted(worker.app.amqp.queues.consume_from))
        threading.Thread(target=_keep_writing, args=line, name="heartbeats", daemon=True).start()


def _keep_writing(client: redis.Redis, name: str, queues: list[str]) -> None:
    while True:
        if time.monotonic() - _loop.turned < WRITE_SECONDS * 2:
            try:
                write(client, name, queues)
            except (redis.RedisError, OSError) as error:
                log.info("worker.heartbeat_not_written", error=type(error).__name__)
        time.sleep(WRITE_SECONDS)
