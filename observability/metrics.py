"""Every metric of the processes, behind verbs. Figures that rows know better are read from Postgres (web.metrics)."""

from functools import lru_cache

from prometheus_client import Counter, Histogram

from observability.metric_files import keep_files_by_place

keep_files_by_place()

WEBHOOKS = Counter("paperboy_webhooks_total", "Webhook POSTs by answer", ["answer"])
WEBHOOK_GROUP = Histogram(
    "paperboy_webhook_group_size",
    "Webhook POSTs that shared one commit",
    buckets=(1, 2, 4, 8, 16, 32, 64),  # at most as many as a web process has threads
)
RINGS = Counter("paperboy_rings_total", "Publishes to the broker by queue and result", ["queue", "result"])
ITEMS = Counter("paperboy_webhook_items_total", "Webhook items by what became of them", ["kind"])
for _kind in ("unhandled", "failed"):
    ITEMS.labels(_kind)  # from the start, so that the first one is an increase that an alert sees
LAG = Histogram(
    "paperboy_processing_lag_seconds",
    "From Meta's own timestamp (whole seconds) to the committed effect",
    buckets=(1, 2, 5, 10, 30, 60, 300, 3600, 86400, 604800),  # Meta's clock has seconds; its retries last seven days
)
SENDS = Counter("paperboy_sends_total", "Attempts by outcome", ["outcome"])
VERDICTS = Counter("paperboy_send_errors_total", "Refused attempts by Meta's code and our verdict", ["code", "verdict"])
BRAKES = Counter(
    "paperboy_brakes_total", "Channels paused, numbers slowed, templates held, contacts marked", ["brake", "code"]
)
SEND_SECONDS = Histogram(
    "paperboy_send_seconds",
    "Duration of a call to the Graph API",
    buckets=(0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 13),  # usual answers take 0.1 to 0.5 s; the read timeout is 10 s
)
TASK_SECONDS = Histogram(
    "paperboy_task_seconds",
    "Duration of Celery tasks",
    ["task", "state"],
    buckets=(0.005, 0.02, 0.1, 0.5, 2, 5, 10, 20, 40),  # a task stops taking work after 5 s; the soft limit is 45 s
)


_webhooks = lru_cache(maxsize=None)(WEBHOOKS.labels)
"""Looking a label up costs a tenth of what the receiver spends on a request besides Flask."""


def record_webhook(answer: str) -> None:
    """Count a refused webhook POST: unsigned, wrong_signature, not_configured, too_large, incomplete,
    not_stored, malformed, rate_limited."""
    _webhooks(answer).inc()


def record_group(size: int, unsigned: int) -> None:
    """Count the webhook POSTs that one commit stored.

    Args:
        size: all of them.
        unsigned: those whose signature nobody checked.
    """
    WEBHOOK_GROUP.observe(size)
    for answer, count in (("accepted", size - unsigned), ("accepted_unsigned", unsigned)):
        if count:
            _webhooks(answer).inc(count)


def record_ring(queue: str, result: str) -> None:
    """Count a publish: rung, enough (they pile up already) or failed."""
    RINGS.labels(queue, result).inc()


def record_items(kind: str, count: int) -> None:
    """Count processed webhook items: receipt, message, session_event, stored, unhandled, failed."""
    ITEMS.labels(kind).inc(count)


def record_lag(seconds: float) -> None:
    """Observe the age of an item when its effect was committed; clocks that disagree give no negative age."""
    LAG.observe(max(seconds, 0.0))


def record_send(outcome: str, seconds: float) -> None:
    """Count an attempt and observe its duration."""
    SENDS.labels(outcome).inc()
    SEND_SECONDS.observe(seconds)


def record_verdict(code: int | None, verdict: str) -> None:
    """Count a refusal."""
    VERDICTS.labels(str(code), verdict).inc()


def record_brake(brake: str, code: int | None) -> None:
    """Count a brake that was put on: channel_paused, template_held, contact_marked, number_blocked …"""
    BRAKES.labels(brake, str(code)).inc()


def record_task(task: str, state: str, seconds: float) -> None:
    """Observe a finished task."""
    TASK_SECONDS.labels(task, state).observe(seconds)
