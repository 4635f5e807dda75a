"""What beat rings for. Every task here may run twice at once or not at all for minutes without harm."""

from datetime import timedelta
from typing import Any

from messaging.limits import DEFAULTS


def _every(seconds: float, task: str) -> dict[str, Any]:
    # No `expires`: Celery compares the publisher's clock with the worker's, and a worker that is some seconds ahead
    # would throw every tick away.
    return {"task": task, "schedule": timedelta(seconds=seconds)}


BEAT_SCHEDULE = {
    "ring for due rows": _every(DEFAULTS.sweep_seconds, "housekeeping.ring_due_work"),
    "notice abandoned sends": _every(5, "housekeeping.mark_abandoned_sends"),
    "match late receipts": _every(10, "housekeeping.match_receipts"),
    "probe paused channels": _every(15, "housekeeping.probe_paused_channels"),
    "settle silent messages": _every(5, "housekeeping.settle_silent_messages"),
    "relax brakes": _every(30, "housekeeping.relax_brakes"),
    "sync first templates": _every(30, "housekeeping.sync_first_templates"),
    "sync templates": _every(600, "housekeeping.sync_templates"),
    "check tokens": _every(600, "housekeeping.check_tokens"),
    "fetch sessions' QRs": _every(2, "housekeeping.fetch_session_qrs"),
    "forget sessions' QRs": _every(10, "housekeeping.forget_session_qrs"),
    "watch sessions' silence": _every(60, "housekeeping.watch_silence"),
    "deliver alarms": _every(5, "housekeeping.deliver_alarms"),
    "forget alarms": _every(3600, "housekeeping.forget_alarms"),
    "make partitions": _every(3600, "housekeeping.create_partitions"),
    "forget idempotency keys": _every(3600, "housekeeping.forget_idempotency_keys"),
}
