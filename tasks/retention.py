"""What has outlived its time is taken away: raw webhooks by the day, a tenant's own in bounded batches."""

import time
from datetime import timedelta

from sqlalchemy import Connection, Engine

from db.engine import get_engine
from db.queries import inbox, retention
from db.queries.partitions import drop_outlived
from db.queries.retention import Forgetful
from observability.logging import get_logger
from settings import get_settings
from tasks.media_storage import MediaStorage, media_storage
from worker.app import app
from worker.stopping import is_stopping

BATCH = 100
"""Rows of one transaction: their locks are held while their files are removed."""
WORKING_SECONDS = 30.0
"""A run begins no further batch after this; what is left is for the next one."""
LOOK_AGAIN_AFTER = timedelta(days=7)

log = get_logger(__name__)


@app.task(name="housekeeping.drop_raw_webhooks")
def drop_raw() -> None:
    """Drop webhooks as they came, when their time is over."""
    drop_raw_webhooks(get_engine(), get_settings().raw_events_days)


@app.task(name="housekeeping.forget_outlived")
def forget() -> None:
    """Take away what tenants keep no longer."""
    forget_outlived(get_engine(), media_storage())


def drop_raw_webhooks(engine: Engine, days: int) -> None:
    """Drop the inbox's partitions of days that are further back, but none in which a webhook still waits."""
    with engine.begin() as connection:
        dropped = drop_outlived(connection, "inbox", max(days, inbox.oldest_waiting_days(connection)))
    if dropped:
        log.info("retention.raw_webhooks_dropped", days=dropped)


def forget_outlived(engine: Engine, storage: MediaStorage) -> None:
    """Take away what tenants keep no longer, as far as the time of one run goes."""
    end = time.monotonic() + WORKING_SECONDS
    with engine.begin() as connection:
        retention.begin_again(connection, LOOK_AGAIN_AFTER)
        tenants = retention.forgetful_tenants(connection)
    for tenant in tenants:
        while _forget_once(engine, storage, tenant):
            if is_stopping() or time.monotonic() > end:
                return


def _forget_once(engine: Engine, storage: MediaStorage, tenant: Forgetful) -> bool:
    """Take one batch away; False when there is no more. Files go before the commit: what fails is tried again."""
    with engine.begin() as connection:
        looked_at = _clear_messages(connection, storage, tenant) if tenant.days.messages else 0
        dropped = _drop_events(connection, tenant) if tenant.days.events else 0
    return BATCH in (looked_at, dropped)


def _clear_messages(connection: Connection, storage: MediaStorage, tenant: Forgetful) -> int:
    days = tenant.days.messages or 0
    batch = retention.clear_messages(connection, tenant.tenant_id, days, BATCH)
    notes = retention.drop_notes(connection, tenant.tenant_id, days, BATCH)
    for path in batch.paths:
        storage.remove(path)
    if batch.cleared or notes:
        log.info(
            "retention.messages_cleared", tenant_id=str(tenant.tenant_id), messages=batch.cleared,
            files=len(batch.paths), notes=notes,
        )  # fmt: skip
    return max(batch.looked_at, notes)


def _drop_events(connection: Connection, tenant: Forgetful) -> int:
    dropped = retention.drop_events(connection, tenant.tenant_id, tenant.days.events or 0, BATCH)
    if dropped:
        log.info("retention.events_dropped", tenant_id=str(tenant.tenant_id), events=dropped)
    return dropped
