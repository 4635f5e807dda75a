"""Without the right encryption keys no process starts; each says so in one line and ends."""

import subprocess

import pytest

from embedded.ports import free_port
from embedded.processes import MIGRATE, PROCESSES
from tests.db.conftest import new_encryption_key
from tests.system.conftest import ROOT, System

CHECKED = {process.name: process for process in (MIGRATE, *PROCESSES)}
NAMES = ("migrate", "web", "worker-send", "worker-ingest")
KEYS = {
    "missing": ("", "WHATSAPP_ENCRYPTION_KEY"),
    "malformed": ("nobody-may-see", "each key must be 32 bytes"),
    "wrong": (new_encryption_key(), "add that key to the list"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", KEYS)
def test_a_missing_malformed_or_wrong_key_ends_the_process_with_one_clear_line(
    system: System, name: str, key: str
) -> None:
    given, line = KEYS[key]
    environment = {**system.environment, "WHATSAPP_ENCRYPTION_KEY": given, "PORT": str(free_port())}
    command = CHECKED[name].arguments(environment)
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    said = [one for one in (ended.stdout + ended.stderr).splitlines() if line in one]
    assert ended.returncode == 1, ended.stderr
    assert len(said) == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "nobody-may-see" not in ended.stderr + ended.stdout
