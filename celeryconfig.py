"""Celery's settings. Why each is what it is stands beside it; docs/reliability.md tells what they protect against.

The broker is a doorbell: rows are the queue (DESIGN). A lost message costs seconds, so settings prefer a worker that
notices trouble over one that waits.
"""

from settings import get_settings
from worker.queues import HOUSEKEEPING, TASK_ROUTES
from worker.queues import task_queues as queues_for
from worker.schedule import BEAT_SCHEDULE

limits = get_settings().limits
broker_url = get_settings().celery_broker_url
include = (
    "tasks.ingest",
    "tasks.sending",
    "tasks.media",
    "tasks.read_marks",
    "tasks.housekeeping",
    "tasks.retention",
    "tasks.sessions",
    "tasks.session_silence",
    "tasks.callbacks",
    "tasks.contact_lookups",
    "tasks.token_check",
)

task_queues = queues_for(broker_url)
task_routes = TASK_ROUTES
task_create_missing_queues = False  # a misspelt queue fails at once instead of filling a queue that nobody reads
task_default_queue = HOUSEKEEPING

task_serializer = "json"
accept_content = ("json",)  # a message holds ids only; pickle would run what it holds
task_ignore_result = True  # results are rows; a result backend costs connections and memory
# A ring is taken off the broker before it is answered: the work is the row, with its lease. Acknowledged late, every
# running task owes the broker an answer, and kombu ends the whole worker when the connection for it is gone.
task_acks_late = False
task_soft_time_limit = int(limits.task_soft_seconds)
task_time_limit = int(limits.task_hard_seconds)
worker_prefetch_multiplier = 1
worker_max_tasks_per_child = 5_000
worker_max_memory_per_child = 250_000  # KiB
worker_cancel_long_running_tasks_on_connection_loss = False  # a running call to Meta must be recorded, not cut off
worker_soft_shutdown_timeout = 20.0
worker_enable_soft_shutdown_on_idle = False
worker_hijack_root_logger = False
worker_redirect_stdouts = False
worker_send_task_events = False  # -E turns them on where Flower watches
worker_eta_task_limit = 100
broker_connection_retry_on_startup = True
broker_pool_limit = 40  # opened as needed; Flower asks in 32 threads, each with one in hand while it wants another
broker_pool_acquire_timeout = 5
task_publish_retry = True
task_publish_retry_policy = {"max_retries": 2, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2}

if broker_url.startswith(("redis", "rediss", "sentinel")):
    visibility_timeout = int(limits.visibility_seconds)
    broker_transport_options = {
        "visibility_timeout": visibility_timeout,  # > task_time_limit; the shortest of all apps on a broker wins
        "unacked_restore_interval": 5,  # else the scan runs every 100 s
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,  # default: for ever. Must exceed the 1 s BRPOP
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "max_connections": 20,
        "global_keyprefix": "paperboy:",
    }
else:
    broker_transport_options = {"confirm_publish": True}

beat_schedule = BEAT_SCHEDULE
beat_max_loop_interval = 5
timezone = "UTC"
enable_utc = True
