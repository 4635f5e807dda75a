"""Starts the processes, watches them, stops them: all or none."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from embedded import processes, spawn
from embedded.child import Child
from embedded.failure import StartFailure
from embedded.logs import is_for_people, last_lines, start_log
from embedded.postgres import Postgres
from embedded.processes import Process
from embedded.redis import Redis
from embedded.running import Running

GUARDIAN = Path(__file__).with_name("guardian.py")
POLL_SECONDS = 0.05
WATCH_SECONDS = 0.25
GUARDIAN_GRACE_SECONDS = 10.0
SHOWN_LINE = 160


class Crash(Exception):
    """A process ended although nobody stopped it; the message is one line: which, how, and where its log is."""


class Supervisor:
    """The processes of one run.

    Args:
        root: working directory of the processes.
        logs: directory for one log file each.
        say: prints a line for people.
        asked_to_stop: looked at while waiting and watching; True has the effect of Ctrl-C.
        keep_open: file descriptors that stay open until the last process is gone (the lock of DATA_DIR).
        grace: seconds that the processes have to stop when this one is killed.
    """

    def __init__(
        self,
        root: Path,
        logs: Path,
        say: Callable[[str], None] = print,
        *,
        asked_to_stop: Callable[[], bool] = lambda: False,
        keep_open: Sequence[int] = (),
        grace: float = GUARDIAN_GRACE_SECONDS,
    ) -> None:
        self._root = root
        self._logs = logs
        self._say = say
        self._asked_to_stop = asked_to_stop
        self._servers: list[tuple[str, Postgres | Redis]] = []
        self._running: list[Running] = []
        self._waiting: list[Running] = []
        self._guardian = _start_guardian(keep_open, grace)
        logs.mkdir(parents=True, exist_ok=True)

    def start_server(self, name: str, server: Postgres | Redis) -> None:
        """Start an embedded server and take over its end.

        Raises:
            StartFailure: it cannot be started.
        """
        start_log(server.log)
        began = time.monotonic()
        self._servers.append((name, server))
        server.start()
        assert server.process is not None
        self._guard("+", server.process.pid)
        self._say_ready(name, time.monotonic() - began)

    def run_once(self, process: Process, environment: Mapping[str, str]) -> None:
        """Run a process to its end.

        Raises:
            Crash: it failed.
            StartFailure: it takes too long.
        """
        self.start((process,), environment)
        running = self._running.pop()
        self._guard("-", running.popen.pid)

    def start(self, chosen: Sequence[Process], environment: Mapping[str, str]) -> None:
        """Start processes together and wait until each is ready.

        Raises:
            Crash: one ended meanwhile.
            StartFailure: one is not ready in its time.
        """
        self.launch(chosen, environment)
        self.wait_ready()

    def launch(self, chosen: Sequence[Process], environment: Mapping[str, str]) -> None:
        """Start processes without waiting for them."""
        for process in chosen:
            running = Running(process, environment, self._root, self._logs / f"{process.name}.log")
            self._running.append(running)
            self._waiting.append(running)
            self._guard("+", running.popen.pid)

    def wait_ready(self) -> None:
        """Wait until each launched process is ready.

        Raises:
            Crash: one ended meanwhile.
            StartFailure: one is not ready in its time.
        """
        while self._waiting:
            self.check()
            for running in [running for running in self._waiting if running.is_ready()]:
                self._waiting.remove(running)
                self._say_ready(running.process.name, running.age())
            for running in self._waiting:
                if running.is_late():
                    raise StartFailure(_reproach(running))
            time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """Show warnings that came since the last call.

        Raises:
            Crash: a process ended.
            KeyboardInterrupt: this run is asked to stop.
        """
        if self._asked_to_stop():
            raise KeyboardInterrupt
        for running in self._running:
            for line in running.new_lines():
                if is_for_people(line):
                    self._say(f"{running.process.name:<20} | {line.strip()[:SHOWN_LINE]}")
            if running.has_crashed():
                raise Crash(_obituary(running.process.name, running.how_it_ended(), running.log))
        for name, server in self._servers:
            if server.process is not None and server.process.poll() is not None:
                raise Crash(_obituary(name, spawn.ending(server.process), server.log))

    def watch(self) -> NoReturn:
        """Check again and again, until `check` raises."""
        while True:
            self.check()
            time.sleep(WATCH_SECONDS)

    def stop(self) -> None:
        """Stop everything in order, each within its time; a KeyboardInterrupt meanwhile kills the rest."""
        try:
            self._stop_in_order()
        except KeyboardInterrupt:
            self.kill()
        self._dismiss_guardian()

    def kill(self) -> None:
        """End everything at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self._say("killing everything")
        for running in self._running:
            spawn.kill_group(running.popen)
        for _, server in self._servers:
            server.kill()

    def _stop_in_order(self) -> None:
        chosen = tuple(running.process for running in self._running)
        for stage in processes.stop_stages(chosen):
            self._stop_together([running for running in self._running if running.process in stage])
        for name, server in reversed(self._servers):
            seconds = processes.POSTGRES_STOP_IN if name == "postgres" else processes.REDIS_STOP_IN
            server.stop(seconds=seconds)

    def _stop_together(self, group: list[Running]) -> None:
        began = time.monotonic()
        for running in group:
            running.popen.send_signal(running.process.stop_signal)
        for running in group:
            left = began + running.process.stop_in - time.monotonic()
            if not spawn.ended_within(running.popen, max(left, 0)):
                self._say(f"{running.process.name} did not stop in {running.process.stop_in:g} s: killed")
            spawn.kill_group(running.popen)

    def _say_ready(self, name: str, seconds: float) -> None:
        self._say(f"  {name:<20} ready after {seconds:4.1f} s")

    def _guard(self, sign: str, group: int) -> None:
        assert self._guardian.stdin is not None
        self._guardian.stdin.write(f"{sign}{group}\n".encode())
        self._guardian.stdin.flush()

    def _dismiss_guardian(self) -> None:
        assert self._guardian.stdin is not None
        self._guardian.stdin.close()
        self._guardian.wait()


def _start_guardian(keep_open: Sequence[int], grace: float) -> Child:
    return Child(
        [sys.executable, "-I", "-S", str(GUARDIAN), str(grace)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=keep_open,
        start_new_session=True,
    )


def _reproach(running: Running) -> str:
    return f"{running.process.name} is not ready after {running.process.ready_in:g} s{_advice(running.log)}"


def _obituary(name: str, how: str, log: Path) -> str:
    if not how.startswith(spawn.KILLED):
        return f"{name} crashed ({how}){_advice(log)}"
    memory = " (a system out of memory does that)" if how.endswith("SIGKILL") else ""
    return f"{name} was {how}{memory}; read {log} and start again"


def _advice(log: Path) -> str:
    """Return the rest of a line about a process; all that it said stays in its log."""
    last = last_lines(log, 1).strip()[:SHOWN_LINE]
    return f"{f': {last}' if last else ''}; read {log}, correct the cause and start again"
