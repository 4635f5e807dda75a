"""A started process: is it ready, what did it say, how did it end."""

import re
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from embedded import spawn
from embedded.child import Child
from embedded.environment import reachable_host
from embedded.logs import LogFollower, start_log
from embedded.ports import accepts
from embedded.processes import Process, Ready

SAYS_READY = re.compile(r"\bready\.")
"""Celery's worker logs `<node name> ready.` once it consumes."""


class Running:
    """A process of the table, started.

    Args:
        process: its row.
        environment: the whole environment.
        root: working directory.
        log: file for its output.
    """

    def __init__(self, process: Process, environment: Mapping[str, str], root: Path, log: Path) -> None:
        self.process = process
        self.log = log
        self._environment = environment
        self._said_ready = False
        self._began = time.monotonic()
        start_log(log)
        self._follower = LogFollower(log)
        with log.open("ab") as output:
            self.popen: Child = spawn.spawn(
                process.arguments(environment), output=output, environment=environment, cwd=root
            )

    def new_lines(self) -> list[str]:
        """Return what it wrote since the last call."""
        lines = self._follower.new_lines()
        self._said_ready = self._said_ready or any(SAYS_READY.search(line) for line in lines)
        return lines

    def is_ready(self) -> bool:
        """Tell whether it can do its work; look at `new_lines` before."""
        match self.process.ready:
            case Ready.EXITED:
                return self.popen.poll() == 0
            case Ready.PORT:
                return accepts(self._port, self._host)
            case Ready.HEALTHY:
                return self._is_healthy()
            case Ready.LOGGED:
                return self._said_ready
            case Ready.RUNNING:
                return self.popen.poll() is None

    def age(self) -> float:
        """Return the seconds since its start."""
        return time.monotonic() - self._began

    def is_late(self) -> bool:
        """Tell whether it should have been ready by now."""
        return self.age() > self.process.ready_in

    def has_crashed(self) -> bool:
        """Tell whether it ended although nobody stopped it."""
        code = self.popen.poll()
        return code is not None and not (code == 0 and self.process.ready is Ready.EXITED)

    def how_it_ended(self) -> str:
        """Describe the exit code in words."""
        return spawn.ending(self.popen)

    @property
    def _port(self) -> int:
        return int(self._environment[self.process.port]) if self.process.port else 0

    @property
    def _host(self) -> str:
        return reachable_host(self._environment["BIND_HOST"])

    def _is_healthy(self) -> bool:
        host = f"[{self._host}]" if ":" in self._host else self._host
        with requests.Session() as session:
            session.trust_env = False
            try:
                return session.get(f"http://{host}:{self._port}/health/live", timeout=2).ok
            except requests.RequestException:
                return False
