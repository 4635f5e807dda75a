"""Flower as a process: who has no password is let in from this machine only."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from embedded.ports import accepts, free_port
from settings import Settings
from tests.waiting import wait_for

LOGIN = ("operator", "hush-hush")
START_SECONDS = 60


def start(redis_url: str, address: str, **more: str) -> tuple[subprocess.Popen[str], int]:
    names = {name.upper() for name in Settings.model_fields}
    own = {name: value for name, value in os.environ.items() if name not in names}
    port = free_port()
    command = [sys.executable, "-m", "worker.flower", f"--address={address}", f"--port={port}"]
    environment = {**own, "BROKER_URL": redis_url, **more}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return process, port


@pytest.fixture
def guarded(redis_url: str) -> Iterator[str]:
    """Address of a Flower that has a password."""
    process, port = start(redis_url, "127.0.0.1", FLOWER_BASIC_AUTH=":".join(LOGIN))
    wait_for(lambda: process.poll() is not None or accepts(port), START_SECONDS, "Flower listens")
    assert process.poll() is None
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.communicate()


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", ""])
def test_beyond_loopback_it_does_not_start_without_a_password(redis_url: str, address: str) -> None:
    process, port = start(redis_url, address)
    said, _ = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 1
    [line] = said.splitlines()
    assert "set FLOWER_BASIC_AUTH=user:password" in line
    assert not accepts(port)


def test_with_a_password_who_does_not_tell_it_gets_401(guarded: str) -> None:
    for path in ("/", "/workers", "/tasks", "/api/workers", "/api/tasks", "/tasks/datatable"):
        answer = requests.get(f"{guarded}{path}", timeout=10)
        assert answer.status_code == 401, path
        assert requests.get(f"{guarded}{path}", auth=("operator", "wrong"), timeout=10).status_code == 401, path
    assert requests.get(f"{guarded}/workers", auth=LOGIN, timeout=10).status_code == 200
