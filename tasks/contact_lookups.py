"""New contacts are looked up in their tenant's own system, once each, apart from the ingest of what they wrote."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from uuid import UUID

import orjson

from db import sealed
from db.encryption import EncryptionError, Keyring
from db.engine import get_engine
from db.queries import contact_lookups, live_events
from db.queries.contact_lookups import DueLookup
from db.queries.live_events import LiveEvent
from messaging.attributes import LARGEST_BODY, read_attributes
from messaging.limits import DEFAULTS
from messaging.violations import Violation
from observability.logging import get_logger
from settings import get_settings
from tasks.signed_posts import NotTakenError, moment, pause_after, post_signed, require_success
from worker.app import app
from worker.stopping import is_stopping

LEASE = timedelta(seconds=DEFAULTS.task_hard_seconds)
"""Whoever took a question is gone after this."""
ASKING_SECONDS = DEFAULTS.lookups_tick_seconds
"""A task takes no further questions after this: the next one is there."""
NOBODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND})
"""Answers that say that the tenant's system knows nobody like that."""

Attributes = dict[str, str | int | float | bool | None]

log = get_logger(__name__)


@app.task(name="lookups.ask")
def ask_lookups() -> None:
    """Notice new contacts, and ask about those that are due: one task at a time, as a system that hangs would otherwise
    hold all workers of the queue."""
    with get_engine().begin() as turn:
        if contact_lookups.take_turn(turn):
            _ask_all_due()


def _ask_all_due() -> None:
    with get_engine().begin() as connection:
        contact_lookups.notice_new_contacts(connection)
    end = time.monotonic() + ASKING_SECONDS
    with ThreadPoolExecutor(DEFAULTS.lookups_at_once, thread_name_prefix="lookup") as executor:
        while time.monotonic() < end and not is_stopping():
            with get_engine().begin() as connection:
                due = contact_lookups.take_due(connection, lease=LEASE, limit=DEFAULTS.lookups_at_once)
            if not due:
                return
            list(executor.map(_look_up, due))


def _look_up(lookup: DueLookup) -> None:
    try:
        answer = _ask(lookup)
    except (NotTakenError, EncryptionError, Violation) as failure:
        log.warning("lookup.failed", contact_id=str(lookup.contact_id), attempt=lookup.attempts, failure=str(failure))
        pause = pause_after(lookup.attempts, DEFAULTS.lookup_attempts)
        with get_engine().begin() as connection:
            contact_lookups.record_failure(connection, lookup.contact_id, problem=str(failure), pause=pause)
        return
    with get_engine().begin() as connection:
        shown = contact_lookups.record_answer(connection, lookup, answer)
        if shown:
            live_events.emit(connection, [_told(lookup, conversation_id) for conversation_id in shown])
    log.info("lookup.answered", contact_id=str(lookup.contact_id), is_known=answer is not None)


def _told(lookup: DueLookup, conversation_id: UUID) -> LiveEvent:
    return LiveEvent(lookup.tenant_id, "conversation_updated", conversation_id, payload={"contact": "looked_up"})


def _ask(lookup: DueLookup) -> Attributes | None:
    """Return what the tenant's system knows of a contact; None: nobody like that.

    Raises:
        NotTakenError, EncryptionError: it could not be asked.
        Violation: its answer cannot be kept.
    """
    secret = Keyring(get_settings().encryption_keys).decrypt(lookup.secret, sealed.LOOKUP_SECRET)
    answer = post_signed(lookup.url, secret, identity=str(lookup.contact_id), body=_body(lookup), most=LARGEST_BODY)
    if answer.status in NOBODY:
        return None
    require_success(answer)
    return read_attributes(answer.body)


def _body(lookup: DueLookup) -> bytes:
    data = {
        "contact_id": str(lookup.contact_id),
        "phone": lookup.phone,
        "bsuid": lookup.bsuid,
        "lid": lookup.lid,
        "name": lookup.name,
        "username": lookup.username,
    }
    return orjson.dumps({"type": "contact.lookup", "timestamp": moment(datetime.now(UTC)), "data": data})
