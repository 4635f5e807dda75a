"""Alarms are posted to the tenants' systems, signed, until they are taken or it makes no sense any more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import orjson

from db import sealed
from db.encryption import EncryptionError, Keyring
from db.engine import get_engine
from db.queries import alarms
from db.queries.alarms import DueAlarm
from messaging.limits import DEFAULTS
from observability.logging import get_logger
from settings import get_settings
from tasks.sessions import KEEP_HISTORY
from tasks.signed_posts import NotTakenError, moment, pause_after, post_signed, require_success
from worker.app import app

LEASE = timedelta(seconds=DEFAULTS.task_hard_seconds)
"""Whoever took an alarm is gone after this."""

log = get_logger(__name__)


@app.task(name="housekeeping.deliver_alarms")
def deliver_alarms() -> None:
    """Post the alarms that are due."""
    with get_engine().begin() as connection:
        due = alarms.take_due(connection, lease=LEASE)
    with ThreadPoolExecutor(DEFAULTS.probes_at_once, thread_name_prefix="callback") as executor:
        list(executor.map(_deliver, due))


@app.task(name="housekeeping.forget_alarms")
def forget_alarms() -> None:
    """Drop alarms that nobody asks for any more."""
    with get_engine().begin() as connection:
        alarms.forget(connection, KEEP_HISTORY)


def _deliver(alarm: DueAlarm) -> None:
    try:
        status = _post(alarm)
    except (NotTakenError, EncryptionError) as failure:
        log.warning("alarm.not_delivered", alarm_id=str(alarm.id), attempt=alarm.attempts, failure=str(failure))
        with get_engine().begin() as connection:
            alarms.record_failure(
                connection,
                alarm.id,
                http_status=getattr(failure, "http_status", None),
                problem=str(failure),
                pause=pause_after(alarm.attempts, DEFAULTS.callback_attempts),
            )
        return
    with get_engine().begin() as connection:
        alarms.record_delivery(connection, alarm.id, status)
    log.info("alarm.delivered", alarm_id=str(alarm.id), kind=alarm.kind)


def _post(alarm: DueAlarm) -> int:
    secret = Keyring(get_settings().encryption_keys).decrypt(alarm.secret, sealed.CALLBACK_SECRET)
    answer = post_signed(alarm.url, secret, identity=str(alarm.id), body=_body(alarm))
    require_success(answer)
    return answer.status


def _body(alarm: DueAlarm) -> bytes:
    return orjson.dumps(
        {
            "type": alarm.kind,
            "timestamp": moment(alarm.created_at),
            "data": {"target": alarm.target, **alarm.details},
        }
    )
