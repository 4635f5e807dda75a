"""The real system on throwaway stores: embedded Postgres with fsync, Redis, and the processes of `make run`."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from pydantic import AliasChoices

import settings
from embedded.environment import build_environment
from embedded.kept_secrets import encryption_key
from embedded.ports import free_port
from embedded.processes import MIGRATE, PROCESSES, Process, Ready
from embedded.stores import provide_stores
from embedded.supervisor import Supervisor
from settings import Settings

ROOT = Path(__file__).parent.parent

_BY_NAME = {process.name: process for process in PROCESSES}
WEB = _BY_NAME["web"]
REALTIME = _BY_NAME["realtime"]
SIMULATOR = _BY_NAME["simulator"]
_WORKERS = ("worker-ingest", "worker-send", "worker-media", "worker-housekeeping", "beat")
WORKERS = tuple(_BY_NAME[name] for name in _WORKERS)
SYNC_TEMPLATES = Process(
    name="sync-templates",
    command="celery -A worker.app call housekeeping.sync_templates",
    needs=("BROKER_URL",),
    ready=Ready.EXITED,
    stop_stage=1,
    stop_in=2,
)

THROUGHPUT_PER_SECOND = 10_000
"""Above what any machine sends, so that the pacing costs what it costs and slows nothing."""


class System:
    """Stores that run from `start` to `stop`, and processes that run for as long as they are measured.

    Args:
        parent: directory on the disk that is measured; everything goes into a directory of its own in it.
        say: prints a line for people.
    """

    def __init__(self, parent: Path, say: Callable[[str], None]) -> None:
        parent.mkdir(parents=True, exist_ok=True)
        self.directory = Path(tempfile.mkdtemp(prefix="bench-", dir=parent)).absolute()
        (self.directory / "beat").mkdir()
        self.environment: dict[str, str] = {}
        self._say = say
        self._stores = Supervisor(ROOT, self.directory / "logs", say)

    def start(self) -> None:
        """Start the stores and migrate.

        Raises:
            StartFailure: a store does not start.
            Crash: the migration failed.
        """
        os.environ.update({**_blanks(), **_configuration(self.directory)})
        configured = Settings(_env_file=None)
        stores = provide_stores(configured, self._stores.start_server)
        self.environment = build_environment(configured, stores)
        self._stores.run_once(MIGRATE, self.environment)

    def stop(self) -> None:
        """Stop the stores and remove everything."""
        self._stores.stop()
        shutil.rmtree(self.directory)

    @contextmanager
    def running(self, *chosen: Process, more: Mapping[str, str] | None = None) -> Iterator[Supervisor]:
        """Run processes for the length of a `with` block.

        Args:
            chosen: start together.
            more: variables that only these get.

        Raises:
            StartFailure: one is not ready in time.
            Crash: one ended by itself.
        """
        supervisor = Supervisor(ROOT, self.directory / "logs", self._say)
        try:
            supervisor.start(chosen, {**self.environment, **(more or {})})
            yield supervisor
            supervisor.check()
        finally:
            supervisor.stop()

    def connect(self) -> psycopg.Connection:
        """Return a connection to the database, in autocommit."""
        return psycopg.connect(self.environment["DATABASE_URL"], autocommit=True)

    @property
    def web_port(self) -> int:
        """Where the web process listens."""
        return int(self.environment["PORT"])

    @property
    def redis_url(self) -> str:
        """Address of Redis."""
        return self.environment["REDIS_URL"]


def web_process(name: str, target: str, port: str) -> Process:
    """Return a process that serves another WSGI app exactly as the web process is served.

    Args:
        name: for logs and messages.
        target: `module:app`.
        port: variable that holds its port.
    """
    options = WEB.command.removeprefix("python -m web ").replace("$PORT", f"${port}")
    command = f"python -m granian {options} {target}"
    return replace(WEB, name=name, command=command, port=port, ready=Ready.PORT)


def _blanks() -> dict[str, str]:
    """Every variable that the settings read, empty: neither `.env` nor the caller's environment counts here."""
    names: list[object] = []
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        names += alias.choices if isinstance(alias, AliasChoices) else [name.upper()]
    return {str(name): "" for name in names}


def _configuration(directory: Path) -> dict[str, str]:
    """Production's settings with the simulator as Meta."""
    simulator_port = str(free_port())
    return {
        "ENV": "production",
        "DATA_DIR": str(directory),
        "PORT": str(free_port()),
        "REALTIME_PORT": str(free_port()),
        "SIMULATOR_PORT": simulator_port,
        "GRAPH_API_URL": f"http://127.0.0.1:{simulator_port}",
        "WHATSAPP_ACCESS_TOKEN": settings.SIMULATOR_ACCESS_TOKEN,
        "WHATSAPP_APP_SECRET": settings.SIMULATOR_APP_SECRET,
        "WHATSAPP_VERIFY_TOKEN": settings.SIMULATOR_VERIFY_TOKEN,
        "WHATSAPP_PHONE_NUMBER_ID": settings.SIMULATOR_PHONE_NUMBER_ID,
        "WHATSAPP_BUSINESS_ACCOUNT_ID": settings.SIMULATOR_WABA_ID,
        "WHATSAPP_ENCRYPTION_KEY": encryption_key(),
        "API_RATE_LIMIT": "1000000/second",
        "THROUGHPUT_PER_SECOND": str(THROUGHPUT_PER_SECOND),
    }
