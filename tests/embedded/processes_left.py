"""Looking for what a run left behind."""

import time
from pathlib import Path

import psutil


def processes_of(directory: Path) -> list[str]:
    """Return the command lines of living processes that name `directory`."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = " ".join(process.info["cmdline"] or ())
        if str(directory) in command and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(command)
    return found


def assert_none_left(directory: Path, seconds: float = 0) -> None:
    """Wait up to `seconds` until no process of `directory` lives."""
    deadline = time.monotonic() + seconds
    while (left := processes_of(directory)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []
