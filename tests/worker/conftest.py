"""A Redis that may be frozen, and a process that rings."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from embedded.redis import Redis
from worker.queues import QUEUES

ROOT = Path(__file__).parents[2]
PREFIX = "paperboy:"


class Broker:
    """What waits in the queues."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = redis.Redis.from_url(url)

    def length(self, queue: str) -> int:
        """Messages that wait in a queue."""
        return int(self.client.llen(PREFIX + queue))  # type: ignore[arg-type]

    def lengths(self) -> dict[str, int]:
        """Messages that wait, by queue."""
        return {queue: self.length(queue) for queue in QUEUES}

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """The messages of a queue as they stand there."""
        found: Any = self.client.lrange(PREFIX + queue, 0, -1)
        return [json.loads(message) for message in found]


class Ringer:
    """A process that rings when told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, command: str, *arguments: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(map(str, (command, *arguments))) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))


@pytest.fixture
def broker(redis_url: str) -> Iterator[Broker]:
    broker = Broker(redis_url)
    yield broker
    broker.client.close()


@pytest.fixture
def start_ringer() -> Iterator[Callable[[str], Ringer]]:
    """Start a ringer for a broker's address."""
    started: list[subprocess.Popen[str]] = []

    def start(url: str) -> Ringer:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.worker.ringer"],
            cwd=ROOT,
            env={**os.environ, "BROKER_URL": url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        return Ringer(process)

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def ringer(start_ringer: Callable[[str], Ringer], broker: Broker) -> Ringer:
    return start_ringer(broker.url)


@pytest.fixture
def own_redis(server_dir: Path) -> Iterator[Redis]:
    """A Redis of this test's own."""
    server = Redis(server_dir / f"redis-{time.monotonic_ns()}", appendonly=False)
    server.start()
    yield server
    server.kill()
