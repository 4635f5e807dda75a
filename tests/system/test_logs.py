"""What the real processes write from their start to their end: JSON in production, lines for people in development."""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded.postgres import Postgres
from embedded.processes import PROCESSES
from tests.system.conftest import System, running
from tests.system.test_whole import inbound, phone, stored, unique
from tests.waiting import wait_for

SAY_NOTHING = {"beat", "simulator"}
"""In development, where both say nothing at all about an ordinary day, or so little that it may not have come yet."""


def a_day(system: System) -> None:
    """What happens: messages, refusals, an unknown address, a web process that dies, and an orderly end."""
    wamid = f"wamid.{unique()}"
    system.post_webhook(inbound(wamid))
    system.http.post(f"{system.url}/webhook", data=b"unsigned", timeout=5)
    system.http.get(f"{system.url}/nothing", timeout=5)
    system.http.get(f"{system.flower_url}/nothing", timeout=5)
    message_id = system.send_invoice(unique(), phone())
    system.wait_until_read(message_id)
    wait_for(lambda: stored(system, wamid))
    kill_a_web_worker(system)
    wait_for(lambda: system.logs["web"].count("Started worker-1") == 2)
    system.stop_in_peace()


def kill_a_web_worker(system: System) -> None:
    [pid] = re.findall(r"Spawning worker-1 with PID: (\d+)", system.logs["web"])
    os.kill(int(pid), signal.SIGKILL)


@pytest.fixture(scope="module")
def production(server_dir: Path, postgres_server: Postgres, migrated_template: str) -> Iterator[System]:
    with running(System, server_dir / "in-production", postgres_server, migrated_template, "in_production") as made:
        a_day(made)
        yield made


@pytest.fixture(scope="module")
def development(server_dir: Path, postgres_server: Postgres, migrated_template: str) -> Iterator[System]:
    place = server_dir / "in-development"
    with running(System, place, postgres_server, migrated_template, "in_development", ENV="development") as made:
        a_day(made)
        yield made


def parsed(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        raise AssertionError(f"no JSON: {line}") from None
    assert isinstance(found, dict)
    return found


@pytest.mark.timeout(180)
def test_in_production_every_line_of_every_process_is_json(production: System) -> None:
    assert production.logs.keys() == {"migrate", *(process.name for process in PROCESSES)}
    for name, log in production.logs.items():
        for line in log.splitlines():
            assert {"event", "level"} <= parsed(line).keys(), (name, line)


def test_in_production_granian_celery_and_flower_say_in_json_when_they_start_or_end(production: System) -> None:
    said = {name: [str(parsed(line)) for line in log.splitlines()] for name, log in production.logs.items()}
    for name, words in {
        "web": ("Starting granian", "Unexpected exit from worker", "Shutting down granian"),
        "worker-send": ("ready.", "Warm shutdown"),
        "flower": ("shutting down",),
        "migrate": ("the schema is current",),
        "simulator": ("listening on",),
    }.items():
        for word in words:
            assert [line for line in said[name] if word in line], (name, word)


@pytest.mark.timeout(180)
def test_in_development_lines_are_for_people(development: System) -> None:
    for name, log in development.logs.items():
        assert log.strip() or name in SAY_NOTHING, name
        assert not [line for line in log.splitlines() if line.startswith("{")], name
    assert "Starting granian" in development.logs["web"]
    assert os.linesep in development.logs["worker-send"]
