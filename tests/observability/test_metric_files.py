"""The metrics of several processes: told together, and in a few files however many children a worker has had."""

import os
import subprocess
import sys
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
TASKS = 3


def say(*arguments: str, **environment: str) -> str:
    """Return what a Python process prints."""
    command = [sys.executable, *arguments]
    said = subprocess.run(
        command, cwd=ROOT, env={**ENVIRONMENT, **environment}, capture_output=True, text=True, check=True
    )
    return said.stdout.strip()


def test_a_child_goes_on_with_the_files_of_the_one_whose_place_it_takes(tmp_path: Path) -> None:
    parent, children = say("-m", "tests.observability.pool", str(TASKS), PROMETHEUS_MULTIPROC_DIR=str(tmp_path)).split()
    assert int(children) == TASKS
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(tmp_path))
    assert registry.get_sample_value("paperboy_rings_total", {"queue": "send", "result": "rung"}) == TASKS
    assert registry.get_sample_value("paperboy_rings_total", {"queue": "ingest", "result": "rung"}) == 1
    assert {path.stem.partition("_")[2] for path in tmp_path.glob("*.db")} == {parent, f"{parent}-0"}


def test_a_single_process_without_a_directory_keeps_its_metrics_in_memory() -> None:
    kind = "from observability import metrics; print(metrics.WEBHOOK_GROUP._sum.__class__.__name__)"
    assert say("-c", kind) == "MutexValue"
