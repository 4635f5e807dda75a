"""From the inbox to its effects: claim, process in bulk, and find out which item is to blame when that fails."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import Connection, Engine
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random_exponential

from db.engine import get_engine
from db.queries import inbox
from db.queries.inbox import ClaimedRow
from db.trouble import STATEMENT_TIMEOUT, is_trouble_of_postgres, sqlstate
from messaging.limits import DEFAULTS
from observability.logging import get_logger
from settings import get_settings
from tasks.ingest_batch import PlacedItem, keep_failure, keep_row_failure, place, write
from tasks.ingest_notes import last_uses
from worker.app import app
from worker.doorbell import ring
from worker.queues import INGEST
from worker.stopping import is_stopping

log = get_logger(__name__)


@app.task(name="ingest.drain_inbox")
def drain_inbox() -> None:
    """Process what is due in the inbox."""
    engine = get_engine()
    end = time.monotonic() + DEFAULTS.draining_seconds
    while drain_once(engine):
        if is_stopping() or time.monotonic() > end:
            ring(INGEST)
            return


def drain_once(engine: Engine) -> bool:
    """Process rows never tried together, then one that was tried before alone. False: nothing was due."""
    new = _claim(engine, inbox.claim_new)
    if new:
        process_together(engine, new)
    repeated = _claim(engine, inbox.claim_repeated)
    for row in repeated:
        process_alone(engine, row)
    return bool(new or repeated)


def _claim(engine: Engine, claim: Callable[[Connection, timedelta], list[ClaimedRow]]) -> list[ClaimedRow]:
    with engine.begin() as connection:
        return claim(connection, timedelta(seconds=get_settings().limits.ingest_lease_seconds))


def process_together(engine: Engine, rows: Sequence[ClaimedRow]) -> None:
    """Write the effects of many rows in one transaction; when an item of theirs raises, take the rows one by one."""
    try:
        with engine.begin() as connection:
            placed = place(connection, rows)
            write(connection, placed)
            inbox.finish(connection, [row.id for row in rows])
        _note_uses(engine, rows, placed)
    except Exception as error:
        log.warning("ingest.batch_failed", rows=len(rows), **_why(error))
        if is_trouble_of_postgres(error):
            _postpone(engine, rows)
        else:
            for row in rows:
                process_alone(engine, row)


def process_alone(engine: Engine, row: ClaimedRow) -> None:
    """Process a row so that a bad item costs only itself.

    A row with a bad item comes again (its good items are then recognised as done) until MAX_ATTEMPTS; then the bad item
    is kept as a failed event, listed and replayable. So is a row that was claimed MAX_CLAIMS times and never let go.
    """
    if row.attempts > inbox.MAX_CLAIMS:
        log.error("ingest.row_failed", inbox_id=str(row.id), attempts=row.attempts, error="attempts never ended")
        _fail(engine, row, f"The worker ended during each of {inbox.MAX_CLAIMS} attempts.")
        return
    try:
        with engine.begin() as connection:
            is_last = row.attempts >= inbox.MAX_ATTEMPTS
            placed = place(connection, [row])
            failures = _write_what_succeeds(connection, placed, is_last)
            if failures and not is_last:
                inbox.postpone(connection, [row.id], inbox.RETRY_DELAY * row.attempts)
            else:
                inbox.finish(connection, [row.id])
        _note_uses(engine, [row], placed)
    except Exception as error:
        log.warning("ingest.row_failed", inbox_id=str(row.id), attempts=row.attempts, **_why(error))
        _postpone_or_fail(engine, row, error)


def _note_uses(engine: Engine, rows: Sequence[ClaimedRow], placed: Sequence[PlacedItem]) -> None:
    arrived = [row for row in rows if row.event_id is None]
    secrets = {row.app_secret_id for row in arrived if row.app_secret_id}
    channels = {one.channel_id for one in placed if one.channel_id and one.row.event_id is None}
    last_uses.note(engine, secrets, channels)


def _write_what_succeeds(connection: Connection, items: Sequence[PlacedItem], is_last: bool) -> int:
    """Write items in a savepoint, and in halves while that raises, until each bad one stands alone.

    One by one, the 30,000 receipts that 3 MB can hold would take longer than a task may.

    Returns:
        How many are bad.
    """
    try:
        with connection.begin_nested():
            write(connection, items)
    except Exception as error:
        if is_trouble_of_postgres(error):
            raise
        if len(items) > 1:
            halves = items[: len(items) // 2], items[len(items) // 2 :]
            return sum(_write_what_succeeds(connection, half, is_last) for half in halves)
        _note_failure(connection, items[0], error, is_last)
        return 1
    return 0


def _note_failure(connection: Connection, item: PlacedItem, error: Exception, is_last: bool) -> None:
    log.warning("ingest.item_failed", inbox_id=str(item.row.id), attempts=item.row.attempts, **_why(error))
    if is_last:
        keep_failure(connection, item, error)


def _postpone_or_fail(engine: Engine, row: ClaimedRow, error: Exception) -> None:
    if row.attempts < inbox.MAX_ATTEMPTS or (is_trouble_of_postgres(error) and sqlstate(error) != STATEMENT_TIMEOUT):
        _postpone(engine, [row])
        return
    _fail(engine, row, f"Processing raised {type(error).__name__} {row.attempts} times.")


def _fail(engine: Engine, row: ClaimedRow, detail: str) -> None:
    with engine.begin() as connection:
        keep_row_failure(connection, row, detail)
        inbox.finish(connection, [row.id])


@retry(
    retry=retry_if_exception(is_trouble_of_postgres),
    stop=stop_after_delay(DEFAULTS.giving_back_seconds),
    wait=wait_random_exponential(0.1, max=1),
    reraise=True,
)
def _postpone(engine: Engine, rows: Sequence[ClaimedRow]) -> None:
    with engine.begin() as connection:
        inbox.postpone(connection, [row.id for row in rows], inbox.RETRY_DELAY * rows[0].attempts)


def _why(error: Exception) -> dict[str, str]:
    """Return what may be logged of an error: its text can hold a body."""
    return {"error": type(error).__name__, "sqlstate": sqlstate(error)}
