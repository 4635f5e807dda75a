"""A real Postgres server as a child process: made, started, stopped."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Literal

import psycopg

from embedded import spawn
from embedded.binaries import PostgresBinaries, postgres_binaries
from embedded.child import Child
from embedded.failure import StartFailure
from embedded.first_answer import answers_before
from embedded.kept_secrets import kept_secret, password
from embedded.logs import last_lines
from embedded.ports import free_port
from embedded.run_as import RunAs, way_for_postgres

USER = "paperboy"
DATABASE = "paperboy"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may not be longer than 107 bytes; DATA_DIR may
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",  # a solid-state disk is assumed
    "jit": "off",  # the statements are short: compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}

FIRST_WITH_BUILTIN_LOCALES = 17
"""Sorting that does not depend on the machine's libc (PostgreSQL 17 release notes)."""

STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
"""pg_ctl's shutdown modes (PostgreSQL documentation: Shutting Down the Server)."""

START_SECONDS = 120
"""A crash recovery replays at most `max_wal_size`; on a slow disk that takes a minute."""

START_AGAIN_SECONDS = 0.2
"""After one of PASSING_TROUBLES: whoever has the port, or still leaves, tells nobody when it is done."""

LEAVING_SECONDS = 10
"""A server whose starter was killed shuts down by itself, with a checkpoint."""
LOOK_AGAIN_SECONDS = 0.05
"""Whether it has: it is no child of ours that could be waited for."""

PASSING_TROUBLES = ("could not bind", "still in use")
"""A free port that was taken meanwhile; backends of a killed server that are about to leave."""


class Postgres:
    """One server on a data directory.

    Args:
        data_dir: holds the cluster, the password and (unless `log` is given) the log; made when absent.
        port: TCP port on 127.0.0.1; None picks a free one at each start.
        durable: False trades safety after a crash for speed, for tests.
        log: file that gets the server's output.
    """

    def __init__(
        self, data_dir: Path, *, port: int | None = None, durable: bool = True, log: Path | None = None
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port
        self.process: Child | None = None
        self.log = log or self.data_dir / "postgres.log"
        self._wanted_port = port
        self._durable = durable
        self._password = ""

    @property
    def cluster(self) -> Path:
        """Postgres's own data directory."""
        return self.data_dir / "cluster"

    @property
    def url(self) -> str:
        """Address of the application's database, with the password."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return the address of another database of this server."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server, with a new cluster when there is none, and wait until it answers.

        Raises:
            StartFailure: it cannot be started.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        binaries = postgres_binaries(_major_version_of(self.cluster))
        way = way_for_postgres(binaries.postgres, self.data_dir)
        self._password = self._kept_password()
        if self.cluster.exists():
            _remove_stale_pid_file(self.cluster)
        else:
            self._create_cluster(binaries, way)
        way.adopt(self.cluster)
        self._launch_until_it_answers(binaries, way)
        self._create_database()

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast", seconds: float = 20) -> None:
        """Stop the server and wait for its end.

        Args:
            mode: "smart" waits for clients, "fast" rolls them back, "immediate" recovers at the next start.
            seconds: after these the server is killed.
        """
        if self.process is not None:
            spawn.stop(self.process, STOP_SIGNALS[mode], seconds)
            self.process = None

    def kill(self) -> None:
        """End the server at once; it recovers at the next start."""
        self.stop("immediate", seconds=3)

    def _kept_password(self) -> str:
        path = self.data_dir / "password"
        if self.cluster.exists() and not path.exists():
            raise StartFailure(
                f"{path} is missing: put it back, or remove {self.data_dir} to start with an empty database"
            )
        return kept_secret(path, password)

    def _create_cluster(self, binaries: PostgresBinaries, way: RunAs) -> None:
        unfinished = self.data_dir / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        os.chown(self.data_dir, way.owner, -1)
        password_file = self.data_dir / "initdb.password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password)
        os.chown(password_file, way.owner, -1)
        try:
            self._initdb(binaries, way, unfinished, password_file)
        finally:
            password_file.unlink()
        unfinished.rename(self.cluster)

    def _initdb(self, binaries: PostgresBinaries, way: RunAs, target: Path, password_file: Path) -> None:
        command: list[str | Path] = [
            *way.prefix,
            binaries.initdb,
            f"--pgdata={target}",
            f"--username={USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            *_locale_options(binaries.major),
            *([] if self._durable else ["--no-sync"]),
        ]
        with self.log.open("ab") as output:
            process = spawn.spawn(command, output=output, user=way.user, death_signal=signal.SIGKILL)
        if process.wait() != 0:
            raise StartFailure(f"initdb failed: {last_lines(self.log, 1)} (log: {self.log})")

    def _launch_until_it_answers(self, binaries: PostgresBinaries, way: RunAs) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            already_logged = self.log.stat().st_size if self.log.exists() else 0
            self._launch(binaries, way)
            if self._answers_before(deadline):
                return
            said = last_lines(self.log, 6, skip_bytes=already_logged)
            self.stop("immediate")
            if time.monotonic() > deadline or not any(trouble in said for trouble in PASSING_TROUBLES):
                raise StartFailure(
                    f"Postgres did not start: {last_lines(self.log, 1, skip_bytes=already_logged)}; read {self.log}"
                )
            time.sleep(START_AGAIN_SECONDS)

    def _launch(self, binaries: PostgresBinaries, way: RunAs) -> None:
        self.port = self._wanted_port or free_port()
        settings = SETTINGS | ({} if self._durable else THROWAWAY_SETTINGS) | {"port": str(self.port)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command: list[str | Path] = [*way.prefix, binaries.postgres, "-D", self.cluster, *options]
        with self.log.open("ab") as output:
            self.process = spawn.spawn(command, output=output, user=way.user, death_signal=signal.SIGINT)

    def _answers_before(self, deadline: float) -> bool:
        assert self.process is not None
        return answers_before(deadline, self.process, self._connect_once, psycopg.OperationalError)

    def _connect_once(self) -> None:
        psycopg.connect(self.url_of("postgres"), connect_timeout=2).close()

    def _create_database(self) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if not found:
                connection.execute(f"CREATE DATABASE {DATABASE}")


def _major_version_of(cluster: Path) -> int | None:
    version_file = cluster / "PG_VERSION"
    return int(version_file.read_text()) if version_file.exists() else None


def _locale_options(major: int) -> list[str]:
    if major >= FIRST_WITH_BUILTIN_LOCALES:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]


def _remove_stale_pid_file(cluster: Path) -> None:
    """Remove what a crashed server left, also when its process id now belongs to another program.

    Postgres itself only asks whether that id is alive; in a container ids are small and come again.
    """
    pid_file = cluster / "postmaster.pid"
    deadline = time.monotonic() + LEAVING_SECONDS
    while pid_file.exists() and (pid := int(pid_file.read_text().split()[0])):
        if not _is_server_of(cluster, pid):
            pid_file.unlink(missing_ok=True)
        elif time.monotonic() > deadline:
            raise StartFailure(f"another Postgres (pid {pid}) runs on {cluster}; stop it, or set DATA_DIR=…")
        time.sleep(LOOK_AGAIN_SECONDS)


def _is_server_of(cluster: Path, pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == cluster.resolve()
    except OSError:
        return sys.platform != "linux"
