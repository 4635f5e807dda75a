""".ci/run: what a clean checkout is judged by."""

import os
import subprocess

from tests.house.compose_file import ROOT

SCRIPT = ROOT / ".ci" / "run"


def commands() -> list[str]:
    return [line for line in SCRIPT.read_text().splitlines() if line and not line.startswith("#")]


def test_it_can_be_started_and_is_sound() -> None:
    assert os.access(SCRIPT, os.X_OK)
    subprocess.run(["bash", "-n", SCRIPT], check=True)


def test_it_stops_at_the_first_fault_and_ends_with_the_tests() -> None:
    assert commands()[0] == "set -euo pipefail"
    assert commands()[-2:] == ["make check", "make test"]
