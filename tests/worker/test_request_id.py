"""The id of a request is known to the tasks that it rang for."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.db.conftest import new_encryption_key
from tests.worker.conftest import ROOT, Broker, Ringer
from tests.worker.probe import TELL

WORKER = "celery -A tests.worker.probe worker -Q send --pool solo --without-gossip --without-mingle -n probe@%h"


@pytest.fixture
def lines(broker: Broker) -> Iterator[Iterator[str]]:
    """What a worker in production prints and logs, line by line."""
    environment = {
        **os.environ,
        "BROKER_URL": broker.url,
        "ENV": "production",
        "WHATSAPP_ACCESS_TOKEN": "EAAG-not-used",
        "WHATSAPP_ENCRYPTION_KEY": new_encryption_key(),
    }
    with subprocess.Popen(
        [sys.executable, "-m", *WORKER.split()],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as worker:
        assert worker.stdout is not None
        yield worker.stdout
        worker.kill()


def until(lines: Iterator[str], part: str) -> str:
    return next(line for line in lines if part in line)


def test_a_task_runs_in_the_request_that_rang_for_it_and_logs_its_id(lines: Iterator[str], ringer: Ringer) -> None:
    until(lines, "ready.")
    ringer("bell", "send", TELL)
    ringer("ring", "send", 1, "request-of-an-invoice")
    assert until(lines, "request id:").strip() == "request id: request-of-an-invoice"
    logged = json.loads(until(lines, "probe.told"))
    assert logged["request_id"] == "request-of-an-invoice"


def test_a_task_that_no_request_rang_for_has_an_id_of_its_own(lines: Iterator[str], ringer: Ringer) -> None:
    until(lines, "ready.")
    ringer("bell", "send", TELL)
    ringer("ring", "send", 1)
    first = until(lines, "request id:").split()[-1]
    ringer("ring", "send", 1)
    second = until(lines, "request id:").split()[-1]
    assert len(first) == len(second) == 32
    assert first != second
