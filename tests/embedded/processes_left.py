"""Looking for what a run left behind."""

import contextlib
from pathlib import Path

import psutil

from tests.waiting import Late, wait_for


def processes_of(directory: Path) -> list[str]:
    """Return the command lines of living processes that name `directory`, there or as their DATA_DIR."""
    return [" ".join(process.info["cmdline"]) for process in psutil.process_iter(FIELDS) if _is_of(process, directory)]


FIELDS = ["cmdline", "environ", "status"]


def _is_of(process: psutil.Process, directory: Path) -> bool:
    found = process.info
    if found["status"] == psutil.STATUS_ZOMBIE or not found["cmdline"]:
        return False
    return str(directory) in " ".join(found["cmdline"]) or (found["environ"] or {}).get("DATA_DIR") == str(directory)


def assert_none_left(directory: Path, seconds: float = 0) -> None:
    """Wait up to `seconds` until no process of `directory` lives."""
    with contextlib.suppress(Late):
        wait_for(lambda: not processes_of(directory), seconds)
    assert processes_of(directory) == []
