"""The Celery app: `celery -A worker.app worker -Q ingest`."""

import sys
import time
from typing import Any

import billiard.pool
import celery.apps.worker
import kombu.transport.redis
from celery import Celery, signals

from observability import request_id
from observability.logging import configure_logging, get_logger
from observability.metrics import record_task
from settings import ConfigurationError, get_settings
from worker import heartbeats
from worker.exposition import serve_metrics
from worker.keys import require_keys
from worker.queues import HOUSEKEEPING

billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 10
"""Tenths of a second that a leaving child waits until the parent has counted its results. By default half a minute,
and a stopping parent may never count the last one; results are ignored here, rows are the truth."""

kombu.transport.redis.Channel.do_restore = False
"""A channel that closes does not put rings back that were taken and not begun: when it closes because Redis is gone,
kombu 5.7 raises AttributeError there, which ends the worker. The sweeper rings again."""

log = get_logger(__name__)


def _say(said: str, *_: Any) -> None:
    log.info("worker.told", said=said)


celery.apps.worker.safe_say = _say  # type: ignore[attr-defined]
"""What Celery says when it is asked to stop it writes past all logging."""

try:
    get_settings()
except ConfigurationError as wrong:
    print(f"worker: {wrong}", file=sys.stderr)
    raise SystemExit(1) from None

app = Celery("paperboy")
app.config_from_object("celeryconfig")

_started: dict[str, float] = {}


@signals.celeryd_init.connect
@signals.setup_logging.connect
def _configure_logging(**_: Any) -> None:
    configure_logging(get_settings().env)


@signals.worker_init.connect
def _require_keys(**_: Any) -> None:
    require_keys(get_settings())


@signals.worker_ready.connect
def _serve_metrics(**_: Any) -> None:
    serve_metrics(get_settings().metrics_port)


@signals.worker_ready.connect
def _write_heartbeats(sender: Any, **_: Any) -> None:
    heartbeats.begin(sender)


@signals.worker_ready.connect
def _sync_first_templates(sender: Any, **_: Any) -> None:
    """Beat's first tick is an interval away; until templates are known sends are accepted unchecked."""
    if HOUSEKEEPING in sender.app.amqp.queues.consume_from:
        sender.app.send_task("housekeeping.sync_first_templates")


@signals.task_prerun.connect
def _begin(task_id: str, task: Any, **_: Any) -> None:
    _started[task_id] = time.monotonic()
    request_id.begin(getattr(task.request, "request_id", None))


@signals.task_postrun.connect
def _end(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    started = _started.pop(task_id, None)
    if started is not None:
        record_task(task.name, state or "UNKNOWN", time.monotonic() - started)
