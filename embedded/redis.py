"""A real Redis server as a child process: started, stopped."""

import contextlib
import os
import signal
import time
from pathlib import Path

import redis

from embedded import spawn
from embedded.binaries import redis_server
from embedded.child import Child
from embedded.failure import StartFailure
from embedded.first_answer import answers_before
from embedded.kept_secrets import kept_secret, password
from embedded.logs import last_lines
from embedded.ports import free_port

SETTINGS = {
    "bind": "127.0.0.1",
    "daemonize": "no",
    "save": '""',
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",  # an evicted `_kombu.binding.*` key would break Celery's routing
}

START_SECONDS = 60


class Redis:
    """One server on a data directory.

    Args:
        data_dir: holds the append-only file, the password, the configuration and (unless `log` is given)
            the log; made when absent.
        port: TCP port on 127.0.0.1; None picks a free one at each start.
        appendonly: False keeps nothing on disk, for tests.
        log: file that gets the server's output.
    """

    def __init__(
        self, data_dir: Path, *, port: int | None = None, appendonly: bool = True, log: Path | None = None
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port
        self.process: Child | None = None
        self.log = log or self.data_dir / "redis.log"
        self._wanted_port = port
        self._appendonly = appendonly
        self._password = ""

    @property
    def url(self) -> str:
        """Address of logical database 0, with the password."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            StartFailure: it cannot be started.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        program = redis_server()
        self._password = kept_secret(self.data_dir / "password", password)
        deadline = time.monotonic() + START_SECONDS
        while True:
            already_logged = self.log.stat().st_size if self.log.exists() else 0
            self._launch(program)
            if self._answers_before(deadline):
                return
            said = last_lines(self.log, 6, skip_bytes=already_logged)
            self.stop()
            if self._wanted_port or time.monotonic() > deadline or "Address already in use" not in said:
                raise StartFailure(
                    f"Redis did not start: {last_lines(self.log, 1, skip_bytes=already_logged)}; read {self.log}; "
                    f"removing {self.data_dir} loses no message (Postgres holds them all)"
                )

    def stop(self, seconds: float = 10) -> None:
        """Stop the server and wait for its end; after `seconds` it is killed."""
        if self.process is not None:
            spawn.stop(self.process, signal.SIGTERM, seconds)
            self.process = None

    def kill(self) -> None:
        """End the server at once; the last second of changes is lost."""
        self.stop(seconds=0)

    def _launch(self, program: Path) -> None:
        self.port = self._wanted_port or free_port()
        configuration = self._write_configuration()
        with self.log.open("ab") as output:
            self.process = spawn.spawn([program, configuration], output=output, cwd=self.data_dir)

    def _write_configuration(self) -> Path:
        """Write what must not stand on the command line, where every user of the machine reads it."""
        settings = SETTINGS | {
            "port": str(self.port),
            "requirepass": self._password,
            "appendonly": "yes" if self._appendonly else "no",
        }
        path = self.data_dir / "redis.conf"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.writelines(f"{name} {value}\n" for name, value in settings.items())
        return path

    def _answers_before(self, deadline: float) -> bool:
        assert self.process is not None
        with contextlib.closing(redis.Redis.from_url(self.url, socket_timeout=2)) as client:
            return answers_before(deadline, self.process, client.ping, redis.RedisError)
