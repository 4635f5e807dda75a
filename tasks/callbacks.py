"""Alarms are posted to the tenants' systems, signed, until they are taken or it makes no sense any more."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from functools import lru_cache
from http import HTTPStatus

import orjson
import requests

from db import sealed
from db.encryption import EncryptionError, Keyring
from db.engine import get_engine
from db.queries import alarms
from db.queries.alarms import DueAlarm
from messaging.alarms import signature
from messaging.limits import DEFAULTS
from observability.logging import get_logger
from settings import get_settings
from tasks.public_http import TIMEOUTS, NotPublicError, public_session
from tasks.sessions import KEEP_HISTORY
from worker.app import app

LEASE = timedelta(seconds=DEFAULTS.task_hard_seconds)
"""Whoever took an alarm is gone after this."""

log = get_logger(__name__)


class _NotTakenError(Exception):
    """The endpoint did not take an alarm."""

    def __init__(self, problem: str, http_status: int | None = None) -> None:
        super().__init__(problem)
        self.http_status = http_status


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


def pause_after(attempts: int) -> timedelta | None:
    """Return how long an alarm waits after this many attempts; None: it is given up."""
    if attempts >= DEFAULTS.callback_attempts:
        return None
    seconds = DEFAULTS.callback_first_seconds * DEFAULTS.callback_growth ** (attempts - 1)
    return timedelta(seconds=min(seconds, DEFAULTS.callback_cap_seconds))


def _deliver(alarm: DueAlarm) -> None:
    try:
        status = _post(alarm)
    except (_NotTakenError, EncryptionError) as failure:
        log.warning("alarm.not_delivered", alarm_id=str(alarm.id), attempt=alarm.attempts, failure=str(failure))
        with get_engine().begin() as connection:
            alarms.record_failure(
                connection,
                alarm.id,
                http_status=getattr(failure, "http_status", None),
                problem=str(failure),
                pause=pause_after(alarm.attempts),
            )
        return
    with get_engine().begin() as connection:
        alarms.record_delivery(connection, alarm.id, status)
    log.info("alarm.delivered", alarm_id=str(alarm.id), kind=alarm.kind)


def _post(alarm: DueAlarm) -> int:
    body, now = _body(alarm), int(time.time())
    secret = Keyring(get_settings().encryption_keys).decrypt(alarm.secret, sealed.CALLBACK_SECRET)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "paperboy",
        "webhook-id": str(alarm.id),
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, str(alarm.id), now, body),
    }
    try:
        with _session().post(
            alarm.url, data=body, headers=headers, timeout=TIMEOUTS, allow_redirects=False, stream=True
        ) as answer:
            status = answer.status_code
    except NotPublicError:
        raise _NotTakenError("The address leads into a private network.") from None
    except requests.RequestException as error:
        raise _NotTakenError(f"No answer: {type(error).__name__}.") from None
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise _NotTakenError(f"It answered {status}.", status)
    return status


def _body(alarm: DueAlarm) -> bytes:
    return orjson.dumps(
        {
            "type": alarm.kind,
            "timestamp": alarm.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "data": {"target": alarm.target, **alarm.details},
        }
    )


@lru_cache(maxsize=1)
def _session() -> requests.Session:
    return public_session(allow_local=get_settings().env != "production")
