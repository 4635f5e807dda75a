"""The web as it runs in production: its own process of Granian's, and sockets to talk to it byte by byte."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from embedded import spawn
from embedded.kept_secrets import encryption_key
from embedded.ports import free_port
from embedded.postgres import Postgres
from embedded.processes import PROCESSES
from embedded.running import Running
from settings import Settings
from tests.waiting import wait_for

ROOT = Path(__file__).parents[3]
APP_SECRET = "an-app-secret"
VERIFY_TOKEN = "the-token"
NO_REDIS = "redis://127.0.0.1:1/0"
"""Nobody is there: no answer of the web needs it."""
START_SECONDS = 60


class Web:
    """A running web process."""

    def __init__(self, directory: Path, database_url: str, more: dict[str, str]) -> None:
        self.database_url = database_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = directory / "web.log"
        environment = {**self._environment(directory), **more}
        (web,) = (process for process in PROCESSES if process.name == "web")
        self._running = Running(web, environment, directory, self.log)

    def _environment(self, directory: Path) -> dict[str, str]:
        names = {name.upper() for name in Settings.model_fields} | {"WHATSAPP_WEBHOOK_VERIFY_TOKEN"}
        return {
            **{name: value for name, value in os.environ.items() if name not in names},
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "GRANIAN_LOG_CONFIG": str(ROOT / "observability" / "granian.json"),
            "ENV": "production",
            "BIND_HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PUBLIC_URL": "https://paperboy.example",
            "WEB_WORKERS": "1",
            "DATABASE_URL": self.database_url,
            "BROKER_URL": NO_REDIS,
            "REDIS_URL": NO_REDIS,
            "DATA_DIR": str(directory),
            "PROMETHEUS_MULTIPROC_DIR": str(directory / "metrics"),
            "WHATSAPP_ENCRYPTION_KEY": encryption_key(),
            "WHATSAPP_ACCESS_TOKEN": "an-access-token",
            "WHATSAPP_APP_SECRET": APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
        }

    def wait_until_healthy(self) -> None:
        """Return when it serves."""
        wait_for(self._is_healthy, START_SECONDS, f"it serves; its log: {self.log}")

    def _is_healthy(self) -> bool:
        assert self._running.popen.poll() is None, self.log.read_text()
        return self._running.is_ready()

    def connect(self) -> socket.socket:
        """Return a connection of one's own."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def stored(self) -> list[bytes]:
        """Return the bodies in the inbox."""
        with psycopg.connect(self.database_url) as connection:
            return [row[0] for row in connection.execute("SELECT body FROM inbox ORDER BY received_at")]

    def kill(self) -> None:
        """End it at once."""
        spawn.kill_group(self._running.popen)


Serve = Callable[..., Web]


@contextmanager
def serving(directory: Path, database_url: str, **more: str) -> Iterator[Web]:
    """A web process that serves; `more` of its environment."""
    (directory / "metrics").mkdir(parents=True)
    web = Web(directory, database_url, more)
    try:
        web.wait_until_healthy()
        yield web
    finally:
        web.kill()


@pytest.fixture(scope="package")
def web_database(postgres_server: Postgres, migrated_template: str) -> Iterator[str]:
    """A database for the web processes of these tests."""
    name, template = sql.Identifier("served_web"), sql.Identifier(migrated_template)
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, template))
        yield postgres_server.url_of("served_web")
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="package")
def web(server_dir: Path, web_database: str) -> Iterator[Web]:
    """A web process with 32 threads."""
    with serving(server_dir / "web", web_database) as served:
        yield served
