"""A process's log: reading its end, and following what is added."""

import os
import re
from pathlib import Path

TAIL_BYTES = 16_384

WARNING = re.compile(
    r"""\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b | \[(warning|error|critical)\s*\]
    | "level":\s*"(warning|error|critical)" """,
    re.VERBOSE,
)
"""How Celery, Granian and Postgres, structlog's console and structlog's JSON mark what people should see."""

NOISE = re.compile("Configuration allows spawning up to|SecurityWarning: You're running the worker with superuser")
"""Granian counts threads against cores; ours wait for a commit. Celery fears pickle; our workers take JSON alone."""


class LogFollower:
    """Reads whole lines from a growing file, each once."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._position = 0
        self._unfinished = b""

    def new_lines(self) -> list[str]:
        """Return the lines that were finished since the last call."""
        with self.log.open("rb") as file:
            file.seek(self._position)
            added = file.read()
            self._position = file.tell()
        *lines, self._unfinished = (self._unfinished + added).split(b"\n")
        return [line.decode(errors="replace") for line in lines]


def is_for_people(line: str) -> bool:
    """Tell whether a line of a log belongs on the terminal, too."""
    return bool(WARNING.search(line)) and not NOISE.search(line)


def start_log(log: Path) -> None:
    """Begin an empty log and keep the last run's as `<name>.1`."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    log.touch(mode=0o600)


def last_lines(log: Path, count: int, skip_bytes: int = 0) -> str:
    """Return the last `count` lines of `log` that are not empty, ignoring its first `skip_bytes` bytes."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(skip_bytes, size - TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join([line for line in text.splitlines() if line.strip()][-count:])
