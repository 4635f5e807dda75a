"""Peak memory of web and worker processes while something else is measured."""

import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.table import Row

SAMPLE_SECONDS = 0.5
MEGABYTE_IN_KIB = 1000 * 1000 / 1024
TARGETS = {
    "web": 150.0,
    "realtime": 500.0,
    "worker-ingest": 200.0,
    "worker-send": 200.0,
    "worker-media": 200.0,
    "worker-housekeeping": 200.0,
}
"""MB for each process."""


@dataclass(slots=True)
class Peak:
    """Largest values of any process of a role, in MB."""

    rss: float = 0.0
    """Resident memory, pages shared with other processes included: what a limit counts at the worst."""
    pss: float = 0.0
    """Pages shared with other processes counted in part: adds up to what the machine spends."""


class MemoryWatch:
    """A thread that looks at the processes that this process started and at theirs."""

    def __init__(self) -> None:
        self._peaks: dict[str, Peak] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def rows(self) -> list[Row]:
        """Return the peaks of the roles seen so far."""
        return [
            Row(f"memory of a {role} process", peak.rss, "MB", TARGETS[role], f"peak RSS; peak PSS {peak.pss:.0f} MB")
            for role, peak in sorted(self._peaks.items())
        ]

    def _run(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            for child in psutil.Process().children(recursive=True):
                self._look_at(child.pid)

    def _look_at(self, pid: int) -> None:
        try:
            role = role_of(Path(f"/proc/{os.getpgid(pid)}/cmdline").read_text())
            sizes = Path(f"/proc/{pid}/smaps_rollup").read_text() if role else ""
        except OSError:
            return
        if role and sizes:
            peak = self._peaks.setdefault(role, Peak())
            peak.rss = max(peak.rss, megabytes(sizes, "Rss"))
            peak.pss = max(peak.pss, megabytes(sizes, "Pss"))


def role_of(command_line: str) -> str | None:
    """Return the role of a process group by its leader's command line, whose words end with null characters."""
    words = command_line.split("\0")
    if "web.wsgi:app" in words:
        return "web"
    if "web.realtime" in words:
        return "realtime"
    if "worker.app" in words and "-Q" in words:
        return f"worker-{words[words.index('-Q') + 1]}"
    return None


def megabytes(sizes: str, name: str) -> float:
    """Return a line of smaps_rollup (proc_pid_smaps(5)) in MB; 0 when it is not there."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", sizes, re.MULTILINE)
    return int(found[1]) / MEGABYTE_IN_KIB if found else 0.0
