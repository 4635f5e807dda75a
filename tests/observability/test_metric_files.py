"""The metrics of several processes: told together, and in a few files however many children a worker has had."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from tests.worker.conftest import wait_for
from tests.worker.probe import TELL
from worker.queues import task_queues

ROOT = Path(__file__).parents[2]
WORKER = (
    "celery -A tests.worker.probe worker -Q send --concurrency 1 --max-tasks-per-child 1"
    " --without-gossip --without-mingle --without-heartbeat"
)
TASKS = 5
import io
LOG = os.open("/tmp/w2worker.log", os.O_CREAT|os.O_TRUNC|os.O_WRONLY)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def worker(redis_url: str, directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "BROKER_URL": redis_url, "PROMETHEUS_MULTIPROC_DIR": str(directory)}
    with subprocess.Popen(
        [sys.executable, "-m", *WORKER.split()],
        cwd=ROOT,
        env=environment,
        stdout=LOG,
        stderr=subprocess.STDOUT,
    ) as process:
        yield process
        process.kill()


def publish(url: str, times: int) -> None:
    app = Celery(broker=url, set_as_current=False)
    app.conf.update(task_queues=task_queues(url), broker_transport_options={"global_keyprefix": "paperboy:"})
    for _ in range(times):
        app.send_task(TELL, queue="send")
    app.close()


def total(directory: Path) -> float | None:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(directory))
    return registry.get_sample_value("paperboy_task_seconds_count", {"task": TELL, "state": "SUCCESS"})


def test_a_child_goes_on_with_the_files_of_the_one_whose_place_it_takes(
    worker: subprocess.Popen[bytes], redis_url: str, directory: Path
) -> None:
    publish(redis_url, TASKS)
    wait_for(lambda: total(directory) == TASKS)
    owners = {path.stem.partition("_")[2] for path in directory.glob("*.db")}
    assert owners == {str(worker.pid), f"{worker.pid}-0"}


def test_a_single_process_without_a_directory_keeps_its_metrics_in_memory() -> None:
    say = "from observability import metrics; print(metrics.SENDS.labels('x')._value.__class__.__name__)"
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    said = subprocess.run(
        [sys.executable, "-c", say], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "MutexValue"
