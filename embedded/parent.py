"""`make` is the parent of a run, and does not always pass on what it is told."""

import os
import signal
from pathlib import Path


class Make:
    """The `make` that started this process, when one did.

    GNU make passes SIGTERM on to its recipe, but not SIGINT: it trusts that the terminal sent it to both, and
    waits. A SIGINT for make alone (`kill -INT`) shows only in its handler being gone; its death in our having
    another parent.
    """

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._is_make = _name(self._pid) in ("make", "gmake")
        self._catches = self._is_make and _catches_interrupt(self._pid)

    def is_gone_or_interrupted(self) -> bool:
        """Tell whether this run should end as if Ctrl-C had been pressed."""
        if not self._is_make:
            return False
        return os.getppid() != self._pid or (self._catches and not _catches_interrupt(self._pid))


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _catches_interrupt(pid: int) -> bool:
    """Read bit SIGINT of `SigCgt` (proc_pid_status(5))."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    mask = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(mask, 16) & 1 << (signal.SIGINT - 1))
