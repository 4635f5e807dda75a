"""Paperboy as it runs in production: its real processes on free ports, a Postgres database and a Redis of their own."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
import redis
import requests
from psycopg import sql

from db.api_keys import new_key
from embedded import spawn
from embedded.kept_secrets import encryption_key
from embedded.ports import free_port
from embedded.postgres import Postgres
from embedded.processes import MIGRATE, PROCESSES, Process
from embedded.redis import Redis
from embedded.running import Running
from settings import Settings
from simulator import defaults
from tests.simulator.meta import Meta
from tests.waiting import wait_for
from whatsapp.signature import sign

ROOT = Path(__file__).parents[2]
DATABASE = "whole_system"
WORKERS = ("worker-ingest", "worker-send", "worker-media", "worker-housekeeping")
WAIT_SECONDS = 30
START_SECONDS = 60


def is_ready(started: Running) -> bool:
    """Tell whether a process is ready; it must not have ended."""
    assert started.popen.poll() is None, started.log.read_text()
    return started.new_lines() is not None and started.is_ready()


class System:
    """The processes and what is asked of them."""

    processes: tuple[Process, ...] = tuple(PROCESSES)

    def __init__(self, directory: Path, database_url: str, store: Redis, **more: str) -> None:
        self.directory = directory
        self.store = store
        self.database_url = database_url
        self.api_key = new_key()
        self.admin_password = new_key()
        self.running: dict[str, Running] = {}
        self.environment = self._environment() | more
        self.url = self.environment["PUBLIC_URL"]
        self.flower_url = f"http://127.0.0.1:{self.environment['FLOWER_PORT']}"
        self.http = requests.Session()
        self.http.trust_env = False
        self.meta = Meta(self.environment["GRAPH_API_URL"])
        self.redis = redis.Redis.from_url(store.url)

    def _environment(self) -> dict[str, str]:
        names = {name.upper() for name in Settings.model_fields} | {"WHATSAPP_WEBHOOK_VERIFY_TOKEN"}
        web, live, meta, flower = (free_port() for _ in range(4))
        return {
            **{name: value for name, value in os.environ.items() if name not in names},
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "GRANIAN_LOG_CONFIG": str(ROOT / "observability" / "granian.json"),
            "ENV": "production",
            "BIND_HOST": "127.0.0.1",
            "PORT": str(web),
            "REALTIME_PORT": str(live),
            "SIMULATOR_PORT": str(meta),
            "FLOWER_PORT": str(flower),
            "PUBLIC_URL": f"http://127.0.0.1:{web}",
            "GRAPH_API_URL": f"http://127.0.0.1:{meta}",
            "WEB_WORKERS": "1",
            "WORKER_CONCURRENCY": "1",
            "API_RATE_LIMIT": "10000/second",
            "DATABASE_URL": self.database_url,
            "BROKER_URL": self.store.url,
            "REDIS_URL": self.store.url,
            "DATA_DIR": str(self.directory),
            "PROMETHEUS_MULTIPROC_DIR": str(self.directory / "metrics"),
            "BOOTSTRAP_API_KEY": self.api_key,
            "BOOTSTRAP_ADMIN_PASSWORD": self.admin_password,
            "WHATSAPP_ENCRYPTION_KEY": encryption_key(),
            "WHATSAPP_PHONE_NUMBER_ID": defaults.PHONE_NUMBER_ID,
            "WHATSAPP_BUSINESS_ACCOUNT_ID": defaults.WABA_ID,
            "WHATSAPP_ACCESS_TOKEN": defaults.ACCESS_TOKEN,
            "WHATSAPP_APP_SECRET": defaults.APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": defaults.VERIFY_TOKEN,
        }

    def start(self) -> None:
        """Start everything and wait until each process is ready."""
        for name in ("logs", "metrics", "beat"):
            (self.directory / name).mkdir()
        migration = self._launch(MIGRATE)
        assert migration.popen.wait(START_SECONDS) == 0, migration.log.read_text()
        for process in self.processes:
            self.running[process.name] = self._launch(process)
        wait_for(lambda: all(map(is_ready, self.running.values())), START_SECONDS, "every process is ready")

    def _launch(self, process: Process) -> Running:
        return Running(process, self.environment, self.directory, self.directory / "logs" / f"{process.name}.log")

    def stop_in_peace(self) -> None:
        """Ask every process to end and wait until it has."""
        for running in self.running.values():
            running.popen.terminate()
        for running in self.running.values():
            running.popen.wait(WAIT_SECONDS)

    def stop(self) -> None:
        """End everything at once."""
        for running in self.running.values():
            spawn.kill_group(running.popen)
        for client in (self.http, self.meta.session, self.redis):
            client.close()

    @property
    def logs(self) -> dict[str, str]:
        """What each process has logged."""
        return {path.stem: path.read_text() for path in (self.directory / "logs").glob("*.log")}

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Return what Postgres holds."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]

    def tasks_in_flower(self) -> list[dict[str, Any]]:
        """Return all tasks that Flower's page lists."""
        columns = {"columns[0][data]": "name", "order[0][column]": 0, "order[0][dir]": "asc"}
        query = {"draw": 1, "start": 0, "length": 10_000, "search[value]": "", **columns}
        answer = self.http.get(f"{self.flower_url}/tasks/datatable", params=query, timeout=10)
        assert answer.status_code == 200
        return list(answer.json()["data"])

    def post_webhook(self, body: bytes) -> requests.Response:
        """Post a webhook as Meta signs it."""
        headers = {"X-Hub-Signature-256": sign(body, defaults.APP_SECRET), "Content-Type": "application/json"}
        return self.http.post(f"{self.url}/webhook", data=body, headers=headers, timeout=10)

    def api(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call the API with the key of the first start."""
        headers = {"Authorization": f"Bearer {self.api_key}", **options.pop("headers", {})}
        return self.http.request(method, f"{self.url}{path}", headers=headers, timeout=10, **options)

    def send_invoice(self, number: str, phone: str, **headers: str) -> str:
        """Ask for an invoice to be sent; return the message's id."""
        invoice = {
            "number": number,
            "customer": {"name": "Ana Peña", "phone": phone},
            "amount": "1500.00",
            "currency": "DOP",
            "period": "noviembre 2026",
            "due_date": "2026-11-30",
            "link": f"https://pay.example.com/i/{number}",
        }
        answer = self.api("POST", "/v1/invoices", json=invoice, headers=headers)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["messages"][0]["id"])

    def message(self, message_id: str) -> dict[str, Any]:
        """Ask what happened to a message."""
        answer = self.api("GET", f"/v1/messages/{message_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def wait_until_read(self, *message_ids: str) -> None:
        """Wait until customers have read these messages."""
        for message_id in message_ids:
            wait_for(lambda message_id=message_id: self.message(message_id)["status"] == "read")

    @contextmanager
    def frozen_redis(self) -> Iterator[None]:
        """Redis holds its connections and answers nobody."""
        assert self.store.process is not None
        self.store.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.store.process.send_signal(signal.SIGCONT)

    @contextmanager
    def frozen_workers(self) -> Iterator[None]:
        """No worker takes a message out of Redis."""
        for name in WORKERS:
            self.running[name].popen.send_signal(signal.SIGSTOP)
        try:
            wait_for(self._nobody_waits_for_messages)
            yield
        finally:
            for name in WORKERS:
                self.running[name].popen.send_signal(signal.SIGCONT)

    def _nobody_waits_for_messages(self) -> bool:
        """A frozen worker's last BRPOP would still take a message."""
        clients: Any = self.redis.client_list()
        return not any("b" in client["flags"] for client in clients)


Kind = TypeVar("Kind", bound=System)


@contextmanager
def running(
    kind: type[Kind], directory: Path, server: Postgres, template: str, database: str, **more: str
) -> Iterator[Kind]:
    """Everything of its kind, with a database and a Redis of its own, which end with it; `more` of its environment."""
    directory.mkdir()
    store = Redis(directory / "redis", appendonly=False)
    store.start()
    name = sql.Identifier(database)
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template)))
        made = kind(directory, server.url_of(database), store, **more)
        try:
            made.start()
            yield made
        finally:
            made.stop()
            store.kill()
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
            shutil.rmtree(directory)


@pytest.fixture(scope="package")
def system(server_dir: Path, postgres_server: Postgres, migrated_template: str) -> Iterator[System]:
    """Everything runs."""
    with running(System, server_dir / "system", postgres_server, migrated_template, DATABASE) as made:
        yield made
