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
    "notice abandoned sends": _every(DEFAULTS.abandoned_tick_seconds, "housekeeping.mark_abandoned_sends"),
    "match late receipts": _every(DEFAULTS.receipts_tick_seconds, "housekeeping.match_receipts"),
    "probe paused channels": _every(DEFAULTS.probe_tick_seconds, "housekeeping.probe_paused_channels"),
    "settle silent messages": _every(DEFAULTS.silence_tick_seconds, "housekeeping.settle_silent_messages"),
    "relax brakes": _every(DEFAULTS.brakes_tick_seconds, "housekeeping.relax_brakes"),
    "sync first templates": _every(DEFAULTS.first_templates_tick_seconds, "housekeeping.sync_first_templates"),
    "sync templates": _every(DEFAULTS.templates_tick_seconds, "housekeeping.sync_templates"),
    "check tokens": _every(DEFAULTS.tokens_tick_seconds, "housekeeping.check_tokens"),
    "fetch sessions' QRs": _every(DEFAULTS.qr_fetch_tick_seconds, "housekeeping.fetch_session_qrs"),
    "forget sessions' QRs": _every(DEFAULTS.qr_forget_tick_seconds, "housekeeping.forget_session_qrs"),
    "watch sessions' silence": _every(DEFAULTS.session_silence_tick_seconds, "housekeeping.watch_silence"),
    "deliver alarms": _every(DEFAULTS.alarms_tick_seconds, "housekeeping.deliver_alarms"),
    "forget alarms": _every(DEFAULTS.old_alarms_tick_seconds, "housekeeping.forget_alarms"),
    "ask about new contacts": _every(DEFAULTS.lookups_tick_seconds, "lookups.ask"),
    "make partitions": _every(DEFAULTS.partitions_tick_seconds, "housekeeping.create_partitions"),
    "tell read marks": _every(DEFAULTS.read_marks_tick_seconds, "housekeeping.tell_read_marks"),
    "remove files whose time is over": _every(DEFAULTS.files_tick_seconds, "housekeeping.remove_outlived_files"),
    "take away what has outlived its time": _every(DEFAULTS.retention_tick_seconds, "housekeeping.forget_outlived"),
    "drop raw webhooks": _every(DEFAULTS.retention_tick_seconds, "housekeeping.drop_raw_webhooks"),
    "forget idempotency keys": _every(DEFAULTS.keys_tick_seconds, "housekeeping.forget_idempotency_keys"),
}
