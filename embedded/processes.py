"""The processes of Paperboy as data; `docker-compose.yml` runs the same commands."""

import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from string import Template

from messaging.limits import DEFAULTS


class Ready(Enum):
    """How a process shows that it can do its work."""

    EXITED = "it ended with exit code 0"
    PORT = "it takes connections on its port"
    HEALTHY = "GET /health/live on its port answers 200"
    LOGGED = "its log says so"
    RUNNING = "it runs"


@dataclass(frozen=True)
class Process:
    """One kind of process.

    Attributes:
        name: as in logs, messages and `docker-compose.yml`.
        command: a command line with `$VARIABLES`, split at spaces.
        needs: environment variables without which it cannot start.
        ready: how readiness shows.
        ready_in: seconds after which a start counts as failed.
        stop_stage: higher stages stop first; those of one stage stop together.
        stop_in: seconds after the stop signal before it is killed.
        stop_signal: what asks it to stop.
        port: the variable that holds its port.
        queues: Celery queues that it serves.
        carries_messages: a message can go out and come back as soon as these run; the others start after them.
        stands_in_for_meta: started only when no credentials of Meta's are configured.
    """

    name: str
    command: str
    needs: tuple[str, ...]
    ready: Ready
    stop_stage: int
    stop_in: float
    ready_in: float = 120
    stop_signal: signal.Signals = signal.SIGTERM
    port: str | None = None
    queues: tuple[str, ...] = ()
    carries_messages: bool = False
    stands_in_for_meta: bool = False

    def arguments(self, environment: Mapping[str, str]) -> list[str]:
        """Return the command with the variables replaced.

        Raises:
            KeyError: a variable of the command or of `needs` is not in `environment`.
        """
        for name in self.needs:
            environment[name]
        return [Template(word).substitute(environment) for word in self.command.split()]


STORES = ("DATABASE_URL", "BROKER_URL", "REDIS_URL")
APPLICATION = (*STORES, "DATA_DIR", "PROMETHEUS_MULTIPROC_DIR", "WHATSAPP_ENCRYPTION_KEY")

MIGRATE = Process(
    name="migrate",
    command="python -m db.migrate",
    needs=APPLICATION,
    ready=Ready.EXITED,
    ready_in=600,
    stop_stage=1,
    stop_in=2,
)


def _worker(queue: str, concurrency: str, *, carries_messages: bool) -> Process:
    return Process(
        name=f"worker-{queue}",
        command=(
            f"celery --quiet -A worker.app worker -Q {queue} -n {queue}@%h --concurrency {concurrency}"
            " --task-events --without-gossip --without-mingle --loglevel INFO"
        ),
        needs=APPLICATION,
        ready=Ready.LOGGED,
        stop_stage=2,
        stop_in=DEFAULTS.worker_stop_seconds,
        queues=(queue,),
        carries_messages=carries_messages,
    )


PROCESSES = (
    Process(
        name="simulator",
        command="python -m simulator",
        needs=("SIMULATOR_PORT", "PUBLIC_URL"),
        ready=Ready.PORT,
        stop_stage=1,
        stop_in=1.5,
        port="SIMULATOR_PORT",
        carries_messages=True,
        stands_in_for_meta=True,
    ),
    Process(
        name="web",
        command=(
            "python -m web --interface wsgi --http 1 --no-ws --host $BIND_HOST --port $PORT"
            " --workers $WEB_WORKERS --blocking-threads 32 --backlog 2048"
            " --respawn-failed-workers --workers-kill-timeout 4"
        ),
        needs=APPLICATION,
        ready=Ready.HEALTHY,
        stop_stage=3,
        stop_in=6,
        port="PORT",
        carries_messages=True,
    ),
    Process(
        name="realtime",
        command="python -m web.realtime",
        needs=(*APPLICATION, "REALTIME_PORT"),
        ready=Ready.HEALTHY,
        stop_stage=3,
        stop_in=6,
        port="REALTIME_PORT",
    ),
    _worker("ingest", "$WORKER_CONCURRENCY", carries_messages=True),
    _worker("send", "$WORKER_CONCURRENCY", carries_messages=True),
    _worker("media", "2", carries_messages=False),
    _worker("housekeeping", "2", carries_messages=False),
    Process(
        name="beat",
        command="celery --quiet -A worker.app beat --schedule $DATA_DIR/beat/schedule --pidfile= --loglevel INFO",
        needs=APPLICATION,
        ready=Ready.RUNNING,
        stop_stage=3,
        stop_in=6,
    ),
    Process(
        name="flower",
        command="python -m worker.flower --address=$BIND_HOST --port=$FLOWER_PORT",
        needs=APPLICATION,
        ready=Ready.PORT,
        stop_stage=3,
        stop_in=2,
        stop_signal=signal.SIGKILL,  # it keeps nothing, and a graceful end waits for its questions to the workers
        port="FLOWER_PORT",
    ),
)

REDIS_STOP_IN = 2.0
POSTGRES_STOP_IN = 5.0


def processes(*, with_simulator: bool) -> tuple[Process, ...]:
    """Return the long-running processes of this configuration in the order of their start."""
    return tuple(process for process in PROCESSES if with_simulator or not process.stands_in_for_meta)


def stop_stages(chosen: tuple[Process, ...]) -> Iterator[tuple[Process, ...]]:
    """Yield groups of processes in the order in which they stop."""
    for stage in sorted({process.stop_stage for process in chosen}, reverse=True):
        yield tuple(process for process in chosen if process.stop_stage == stage)
