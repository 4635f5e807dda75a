"""The process table: complete, and each command has what it needs."""

from pathlib import Path
from string import Template

import pytest

from embedded.environment import Stores, build_environment
from embedded.processes import MIGRATE, PROCESSES, Process, processes
from settings import Settings
from worker.queues import QUEUES


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    return build_environment(settings, Stores("postgresql://…", "redis://…/0", "redis://…/1"))


def test_every_queue_has_exactly_one_worker() -> None:
    served = [queue for process in PROCESSES for queue in process.queues]
    assert sorted(served) == sorted(QUEUES)


@pytest.mark.parametrize("process", [MIGRATE, *PROCESSES], ids=lambda process: process.name)
def test_every_process_finds_what_it_needs(process: Process, environment: dict[str, str]) -> None:
    arguments = process.arguments(environment)
    assert all("$" not in argument for argument in arguments)


@pytest.mark.parametrize("process", [MIGRATE, *PROCESSES], ids=lambda process: process.name)
def test_no_secret_stands_on_a_command_line(process: Process) -> None:
    public = {"BIND_HOST", "PORT", "WEB_WORKERS", "WORKER_CONCURRENCY", "DATA_DIR", "FLOWER_PORT"}
    assert set(Template(process.command).get_identifiers()) <= public


def test_the_simulator_runs_only_in_metas_absence() -> None:
    assert "simulator" in {process.name for process in processes(with_simulator=True)}
    assert "simulator" not in {process.name for process in processes(with_simulator=False)}
