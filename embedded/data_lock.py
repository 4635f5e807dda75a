"""One run at a time on a DATA_DIR."""

import fcntl
import os
import time
from pathlib import Path

import psutil

from embedded.failure import StartFailure

CLEAN_UP_SECONDS = 15
"""A killed run's guardian needs up to 10 s to end what was left, and holds the lock until then."""
TRY_AGAIN_SECONDS = 0.1
"""flock has no time limit of its own, and who holds the lock may change meanwhile."""


def lock(data_dir: Path) -> int:
    """Take the lock of `data_dir` for this process.

    Returns:
        The descriptor whose closing gives the lock back.

    Raises:
        StartFailure: another run has it.
    """
    path = data_dir / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + CLEAN_UP_SECONDS
    while not _try(descriptor):
        owner = path.read_text().strip() or "?"
        if _runs(owner) or time.monotonic() > deadline:
            raise StartFailure(
                f"another run (pid {owner}) uses {data_dir}; stop it with Ctrl-C or `kill {owner}`, or set DATA_DIR=…"
            )
        time.sleep(TRY_AGAIN_SECONDS)
    os.truncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _runs(owner: str) -> bool:
    return owner.isdigit() and psutil.pid_exists(int(owner))
