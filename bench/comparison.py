"""What Paperboy is compared with, as processes: the empty Flask app, and the tutorial with its worker."""

from collections.abc import Iterable, Mapping

import psycopg
import redis
from celery import Celery
from psycopg import sql

from bench.system import WORKERS, System, web_process
from embedded.ports import free_port
from embedded.processes import Process, Ready

NOTHING = web_process("nothing", "bench.nothing:app", "NOTHING_PORT")
TUTORIAL = web_process("tutorial", "bench.tutorial:app", "TUTORIAL_PORT")
TUTORIAL_WORKER = Process(
    name="tutorial-worker",
    command="celery -A bench.tutorial:celery worker -n tutorial@%h --concurrency $WORKER_CONCURRENCY -l WARNING",
    needs=("BROKER_URL", "DATABASE_URL"),
    ready=Ready.RUNNING,
    stop_stage=2,
    stop_in=WORKERS[0].stop_in,
)
TUTORIAL_TABLES = Process(
    name="tutorial-tables",
    command="python -m bench.tutorial",
    needs=("DATABASE_URL",),
    ready=Ready.EXITED,
    stop_stage=1,
    stop_in=2,
)

DATABASE = "tutorial"
REDIS_DATABASE = 1
"""The same server, apart from our own keys."""


class Comparison:
    """Ports, a database of its own and a Redis database of its own for the tutorial.

    Args:
        system: whose servers are used.
    """

    def __init__(self, system: System) -> None:
        self.nothing_port, self.tutorial_port = free_port(), free_port()
        self.broker_url = f"{system.redis_url.rpartition('/')[0]}/{REDIS_DATABASE}"
        self.database_url = f"{system.environment['DATABASE_URL'].rpartition('/')[0]}/{DATABASE}"
        self.environment: Mapping[str, str] = {
            "NOTHING_PORT": str(self.nothing_port),
            "TUTORIAL_PORT": str(self.tutorial_port),
            "BROKER_URL": self.broker_url,
            "DATABASE_URL": self.database_url.replace("postgresql://", "postgresql+psycopg://", 1),
        }

    def forget_tasks(self) -> None:
        """Empty the tutorial's queue."""
        with redis.Redis.from_url(self.broker_url) as client:
            client.flushdb()

    def make_database(self, system: System) -> None:
        """Make the tutorial's database with its tables, anew."""
        name = sql.Identifier(DATABASE)
        with system.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        with system.running(TUTORIAL_TABLES, more=self.environment):
            pass

    def add_messages(self, wamids: Iterable[str]) -> None:
        """Add messages that receipts will come for."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO messages (wamid, status) SELECT unnest(%s::text[]), 'accepted'", (list(wamids),)
            )
            connection.execute("ANALYZE")

    def queue(self, payloads: Iterable[object]) -> None:
        """Queue a task for each payload, as the tutorial's web process does."""
        with Celery(broker=self.broker_url) as producer:
            for payload in payloads:
                producer.send_task("bench.tutorial.process_webhook", args=[payload])

    def connect(self) -> psycopg.Connection:
        """Return a connection to the tutorial's database, in autocommit."""
        return psycopg.connect(self.database_url, autocommit=True)
