"""A Paperboy of its own: every process real, on free ports, to be killed, frozen and started again."""

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import psycopg
from celery import Celery
from redis import Redis as Client

from embedded import spawn
from embedded.environment import Stores
from embedded.ports import free_port
from embedded.postgres import Postgres
from embedded.processes import MIGRATE, PROCESSES, Process
from embedded.redis import Redis
from embedded.running import Running
from tests.faults import audit, environment
from tests.faults.waiting import until
from tests.simulator.meta import Meta
from worker.queues import TASK_ROUTES, task_queues

WORKERS = ("worker-ingest", "worker-send", "worker-media", "worker-housekeeping")
KEY_PREFIX = "paperboy:"
"""broker_transport_options.global_keyprefix of celeryconfig."""
STARTED = ("simulator", "web", *WORKERS, "beat")
_TABLE: Mapping[str, Process] = {process.name: process for process in (MIGRATE, *PROCESSES)}


class System:
    """The processes and what is asked of them. All are started from the thread that made this object: they die with it.

    Args:
        overrides: settings that differ from environment.OF_THE_SUITE.
    """

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="paperboy-faults-"))
        self.directory.chmod(0o755)  # Postgres may have to run as another user
        self.postgres = Postgres(self.directory / "postgres", port=free_port())
        self.redis = Redis(self.directory / "redis", port=free_port())
        self.running: dict[str, Running] = {}
        self._overrides = dict(overrides or {})
        self._rows: dict[str, Process] = dict(_TABLE)
        self._own: dict[str, Mapping[str, str]] = {}
        self.spare_port = str(free_port())
        """For one more web process."""

    def start(self) -> None:
        """Start everything and wait until it works."""
        self.postgres.start()
        self.redis.start()
        stores = Stores(self.postgres.url, self.redis.url, self.redis.url)
        self.environment = environment.build(self.directory, stores, self._overrides)
        (self.directory / "logs").mkdir()
        (self.directory / "beat").mkdir()
        self.start_process("migrate")
        self.running.pop("migrate")
        with self.database() as connection:
            audit.install(connection)
        for name in STARTED:
            self.launch(name)
        for name in STARTED:
            self.wait_ready(name)
        self.meta = Meta(f"http://127.0.0.1:{self.environment['SIMULATOR_PORT']}")

    def stop(self) -> None:
        """End everything at once and remove its files."""
        if hasattr(self, "meta"):
            self.meta.session.close()
        for running in self.running.values():
            spawn.kill_group(running.popen)
        self.redis.kill()
        self.postgres.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def url(self) -> str:
        """Address of the web process."""
        return self.environment["PUBLIC_URL"]

    @contextlib.contextmanager
    def database(self) -> Iterator[psycopg.Connection]:
        """A connection of the superuser that commits each statement by itself."""
        with psycopg.connect(self.postgres.url, autocommit=True, connect_timeout=5) as connection:
            yield connection

    def add_replica(
        self, name: str, of: str, words: Mapping[str, str] | None = None, variables: Mapping[str, str] | None = None
    ) -> None:
        """Start one more process of a kind under a name of its own and wait until it works.

        Args:
            name: of the replica.
            of: the row of embedded.processes that it copies.
            words: parts of the command to replace.
            variables: environment variables that differ.
        """
        command = _TABLE[of].command
        for old, new in (words or {}).items():
            command = command.replace(old, new)
        self._rows[name] = replace(_TABLE[of], name=name, command=command)
        self._own[name] = dict(variables or {})
        self.start_process(name)

    def give_variables(self, name: str, variables: Mapping[str, str]) -> None:
        """Let a process have other environment variables from its next start on."""
        self._own[name] = dict(variables)

    def remove_replica(self, name: str) -> None:
        """Kill a replica for good."""
        self.kill(name)
        self.running.pop(name, None)

    def start_process(self, name: str) -> None:
        """Start a process and wait until it can do its work."""
        self.launch(name)
        self.wait_ready(name)

    def launch(self, name: str) -> None:
        """Start a process without waiting."""
        environment_of_it = {**self.environment, **self._own.get(name, {})}
        log = self.directory / "logs" / f"{name}.log"
        self.running[name] = Running(self._rows[name], environment_of_it, self.directory, log)

    def launch_again_if_ended(self, name: str) -> None:
        """Start a process that ended by itself, as Compose's `restart: unless-stopped` does."""
        if self.running[name].popen.poll() is not None:
            self.kill(name)
            self.launch(name)

    def wait_ready(self, name: str) -> None:
        """Wait until a launched process can do its work."""
        running = self.running[name]

        def is_ready() -> bool:
            running.new_lines()
            assert not running.has_crashed(), f"{name} {running.how_it_ended()}:\n{running.log.read_text()[-3000:]}"
            return running.is_ready()

        until(is_ready, running.process.ready_in, f"{name} is ready")

    def is_ready(self, name: str) -> bool:
        """Tell whether a launched process can do its work by now."""
        self.running[name].new_lines()
        return self.is_alive(name) and self.running[name].is_ready()

    def kill(self, name: str) -> None:
        """SIGKILL a process and its children."""
        spawn.kill_group(self.running[name].popen)

    def kill_child(self, name: str, choice: float) -> bool:
        """SIGKILL one child of a process, as the kernel does when memory is short; False when it has none.

        Args:
            name: of the process.
            choice: from 0 to 1, which child.
        """
        children = self.children(name)
        if not children:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(children[int(choice * len(children)) % len(children)], signal.SIGKILL)
        return True

    def children(self, name: str) -> list[int]:
        """Return the process ids of a process's children that do its work, not of Python's resource tracker."""
        try:
            children = psutil.Process(self.running[name].popen.pid).children()
            return sorted(child.pid for child in children if "resource_tracker" not in " ".join(child.cmdline()))
        except psutil.Error:
            return []

    def terminate(self, name: str) -> None:
        """Ask a process to stop, as a rolling restart does."""
        self.running[name].popen.send_signal(signal.SIGTERM)

    def seconds_to_end(self, name: str, most: float) -> float | None:
        """Wait for the end of a process; None when it takes longer than `most` seconds."""
        began = time.monotonic()
        if not spawn.ended_within(self.running[name].popen, most):
            return None
        return time.monotonic() - began

    def is_alive(self, name: str) -> bool:
        """Tell whether a process runs."""
        return name in self.running and self.running[name].popen.poll() is None

    def said(self, name: str, text: str) -> int:
        """Return how many lines with `text` a process has logged since it was started last."""
        return sum(text in line for line in self.running[name].log.read_text(errors="replace").splitlines())

    def last_redis_commands(self, name: str) -> set[str]:
        """Return what each connection of a process has asked Redis last."""
        connections = psutil.Process(self.running[name].popen.pid).net_connections("tcp")
        own = {f"{one.laddr.ip}:{one.laddr.port}" for one in connections if one.raddr}
        with Client.from_url(self.redis.url, socket_timeout=5) as client:
            listed: Any = client.client_list()
        return {str(one["cmd"]) for one in listed if one["addr"] in own}

    def repair(self) -> None:
        """Start what does not run, also what ends meanwhile, and wait until all works."""
        until(self._all_revived, 60, "all processes are ready")

    def _all_revived(self) -> bool:
        for name in STARTED:
            if not self.is_alive(name):
                self.launch(name)
        return all(map(self.is_ready, STARTED))

    def call_task(self, name: str) -> None:
        """Publish a housekeeping task now instead of waiting for beat."""
        app = Celery(broker=self.redis.url, set_as_current=False)
        app.conf.update(
            task_queues=task_queues(self.redis.url),
            task_routes=TASK_ROUTES,
            broker_transport_options={"global_keyprefix": KEY_PREFIX},
        )
        app.send_task(name)
        app.close()

    def freeze_redis(self) -> None:
        """Stop Redis from answering; its connections stay open."""
        self._signal_redis(signal.SIGSTOP)

    def thaw_redis(self) -> None:
        """Let Redis answer again."""
        self._signal_redis(signal.SIGCONT)

    def restart_redis_empty(self) -> None:
        """Start Redis again without what it knew."""
        shutil.rmtree(self.redis.data_dir / "appendonlydir", ignore_errors=True)
        self.redis.start()

    def _signal_redis(self, number: signal.Signals) -> None:
        assert self.redis.process is not None
        os.kill(self.redis.process.pid, number)
