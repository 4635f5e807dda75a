"""What keeps promises when everything else forgot: sweepers, probes, partitions. Each may run twice at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import orjson
from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import Connection

from db.encryption import EncryptionError
from db.engine import get_engine
from db.ids import new_id
from db.queries import (
    audit,
    brakes,
    channels,
    claims,
    contacts,
    idempotency,
    inbox,
    media_files,
    outbox,
    outcomes,
    read_marks,
    receipts,
    templates,
    unknown,
)
from db.queries.brakes import PausedChannel
from db.queries.channels import WabaChannel
from db.queries.partitions import create_partitions as create_missing_partitions
from db.queries.partitions import drop_outlived
from messaging.limits import DEFAULTS
from observability.logging import get_logger
from settings import get_settings
from tasks.gateway_clients import gateway_of, gateway_sender
from tasks.graph_clients import graph_client
from tasks.true_time import true_time
from whatsapp.graph import GraphFailure
from whatsapp.payload import status_envelope
from worker.app import app
from worker.doorbell import ring
from worker.queues import HOUSEKEEPING, INGEST, MEDIA, SEND

FORGET_KEYS_AFTER = timedelta(seconds=DEFAULTS.keys_kept_seconds)
RELEASE_AFTER = timedelta(seconds=DEFAULTS.template_release_seconds)
TRY_AGAIN_AFTER = timedelta(seconds=DEFAULTS.template_retry_seconds)

log = get_logger(__name__)


@app.task(name="housekeeping.ring_due_work")
def ring_due_work() -> None:
    """Ring for every queue that has due rows: whatever ring got lost, work is late by seconds."""
    with get_engine().begin() as connection:
        if inbox.has_due(connection):
            ring(INGEST)
        if claims.due_channels(connection):
            ring(SEND)
        if media_files.has_due(connection):
            ring(MEDIA)
        if read_marks.has_due(connection):
            ring(HOUSEKEEPING)


@app.task(name="housekeeping.mark_abandoned_sends")
def mark_abandoned_sends() -> None:
    """Call messages whose worker vanished during the call what they are: of unknown outcome."""
    with get_engine().begin() as connection:
        for message_id in outcomes.mark_abandoned(
            connection, delay=timedelta(seconds=get_settings().limits.unknown_silence_seconds)
        ):
            log.warning("message.abandoned", message_id=str(message_id), status="unknown")


@app.task(name="housekeeping.match_receipts")
def match_receipts() -> None:
    """Apply receipts that came before their message's wamid was known and named nothing else."""
    with get_engine().begin() as connection:
        late = receipts.match_late(connection)
        for receipt in late:
            body = orjson.dumps(status_envelope(receipt.phone_number_id, receipt.waba_id, receipt.raw))
            inbox.append_replay(connection, inbox_id=new_id(), body=body, event_id=None)
    if late:
        log.info("receipts.matched_late", count=len(late))
        ring(INGEST)


@app.task(name="housekeeping.probe_paused_channels")
def probe_paused_channels() -> None:
    """Ask Meta about each paused channel whose probe is due; one that answers sends again."""
    with get_engine().begin() as connection:
        true_time.learn(connection)
        due = brakes.take_probes(connection)
    with ThreadPoolExecutor(DEFAULTS.probes_at_once, thread_name_prefix="probe") as executor:
        answers = list(executor.map(_answers, due))
    for channel, has_answered in zip(due, answers, strict=True):
        if has_answered:
            with get_engine().begin() as connection:
                brakes.resume_channel(connection, channel.id)
            log.info("channel.resumed", channel_id=str(channel.id), by="probe")
            ring(SEND)


def _answers(channel: PausedChannel) -> bool:
    try:
        source = gateway_of(channel)
        client = gateway_sender(source) if source else graph_client(channel.access_token, channel.app_secret)
        client.phone_number(channel.phone_number_id, ["id"])
    except (GraphFailure, EncryptionError) as failure:
        log.warning("channel.still_paused", channel_id=str(channel.id), failure=str(failure))
        return False
    return True


@app.task(name="housekeeping.sync_templates")
def sync_templates() -> None:
    """Fetch the templates of every active channel, so that sends can be checked before they are accepted."""
    with get_engine().begin() as connection:
        true_time.learn(connection)
        wanted = channels.with_waba(connection)
    _sync_each(wanted)


@app.task(name="housekeeping.sync_first_templates")
def sync_first_templates() -> None:
    """Fetch the templates of channels that have none yet: a new number is not checked blindly for ten minutes."""
    with get_engine().begin() as connection:
        wanted = channels.without_templates(connection)
    _sync_each(wanted)


def _sync_each(wanted: Sequence[WabaChannel]) -> None:
    """Whatever one channel's list does, the next channel gets its own."""
    for channel in wanted:
        try:
            _sync_templates_of(channel)
        except SoftTimeLimitExceeded:
            raise
        except (GraphFailure, EncryptionError) as failure:
            log.warning("templates.not_synced", channel_id=str(channel.id), failure=str(failure))
        except Exception as error:  # Meta's list can hold anything
            log.error("templates.not_synced", channel_id=str(channel.id), error=type(error).__name__)


def _sync_templates_of(channel: WabaChannel) -> None:
    definitions = graph_client(channel.access_token, channel.app_secret).message_templates(channel.waba_id)
    with get_engine().begin() as connection:
        templates.replace_all(connection, channel.tenant_id, channel.id, definitions)
        released = brakes.release_approved_templates(connection, channel.id, age=RELEASE_AFTER)
    for name, language in released:
        log.info("template.released", template=name, language=language)
    log.info("templates.synced", channel_id=str(channel.id), count=len(definitions))


@app.task(name="housekeeping.create_partitions")
def create_partitions() -> None:
    """Make the partitions of the coming days, and drop live events that nobody will ask for any more."""
    with get_engine().begin() as connection:
        create_missing_partitions(connection)
    with get_engine().begin() as connection:
        drop_outlived(connection, "live_events")


@app.task(name="housekeeping.forget_idempotency_keys")
def forget_idempotency_keys() -> None:
    """Drop idempotency keys that nobody repeats any more."""
    with get_engine().begin() as connection:
        idempotency.forget_older_than(connection, FORGET_KEYS_AFTER)


@app.task(name="housekeeping.settle_silent_messages")
def settle_silent_messages() -> None:
    """Apply the rule for silence (db.queries.unknown) to messages of unknown outcome."""
    limits = get_settings().limits
    with get_engine().begin() as connection:
        receipts.settle(connection, receipts.left_on_outbox(connection))
        due = unknown.look_at(connection, needed=limits.unknown_witnesses)
        is_current = bool(due) and unknown.inbox_is_current(connection)
        for message in due:
            is_witnessed = message.witnesses >= limits.unknown_witnesses and not message.has_silent_neighbour
            silence_counts = is_current and is_witnessed
            if message.is_of_gateway:
                unknown.wait(connection, message.id, None)
            elif not silence_counts:
                unknown.wait(connection, message.id, timedelta(seconds=limits.unknown_recheck_seconds))
            elif message.resends or get_settings().resend_unknown == "never":
                unknown.wait(connection, message.id, None)
            elif unknown.send_again(connection, message.id):
                _note_resend(connection, message)
    if due:
        ring(SEND)


def _note_resend(connection: Connection, message: unknown.SilentMessage) -> None:
    log.warning("message.resent", message_id=str(message.id), by="rule:unknown")
    audit.write(
        connection,
        message.tenant_id,
        actor="rule:unknown",
        action="message.resent",
        target=str(message.id),
        witnesses=message.witnesses,
    )


@app.task(name="housekeeping.relax_brakes")
def relax_brakes() -> None:
    """Speed slowed numbers up, forget pairs without debt, unmark contacts that were reached, free held messages.

    And cancel what waits for a channel that was disconnected: it would wait for ever.
    """
    with get_engine().begin() as connection:
        outbox.cancel_disconnected(connection)
        brakes.end_holds_without_account(connection, age=TRY_AGAIN_AFTER)
        brakes.free_without_hold(connection)
        brakes.speed_up(connection)
        brakes.forget_paid_pairs(connection)
        contacts.unmark_reached(connection)
