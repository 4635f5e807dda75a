"""Files that customers sent: fetched at once, checked, stored. A failure never costs the message."""

import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine

from db.encryption import EncryptionError
from db.engine import get_engine
from db.queries import gateway_sources, live_events, media_files
from db.queries.live_events import LiveEvent
from db.queries.media_files import ClaimedFile
from gateways.clients import failures
from messaging.file_types import HEAD_BYTES, served_type
from observability.logging import get_logger
from tasks.gateway_clients import gateway_client
from tasks.graph_clients import graph_client
from tasks.media_sources import Fetched, fetch_from_gateway, fetch_from_meta
from tasks.media_storage import MediaStorage, media_storage, path_of
from whatsapp.graph import GraphClient
from whatsapp.graph_failures import Refused
from whatsapp.graph_media import MediaRefusedError
from whatsapp.verdicts import Verdict
from wire.failures import CallFailure
from worker.app import app
from worker.doorbell import ring
from worker.queues import MEDIA
from worker.stopping import is_stopping

LEASE = timedelta(minutes=5)
"""A claimed file is left alone so long: longer than the task may run."""
FETCHING_SECONDS = 30.0
"""A task begins no further file after this, so that a stop is quick."""
DELAYS = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
"""Until the next try; the last again and again while Meta keeps the file."""
KEPT_BY_META = timedelta(days=7)
MOST_TRIES = len(DELAYS) + KEPT_BY_META // DELAYS[-1]

ClientOf = Callable[[str, str | None], GraphClient]

log = get_logger(__name__)


@app.task(name="media.fetch_files", soft_time_limit=240, time_limit=270)
def fetch_files() -> None:
    """Fetch files that are due. The largest, 100 MB, may take minutes."""
    engine, end = get_engine(), time.monotonic() + FETCHING_SECONDS
    while fetch_once(engine, media_storage()):
        if is_stopping() or time.monotonic() > end:
            ring(MEDIA)
            return


@app.task(name="housekeeping.remove_outlived_files")
def remove_outlived() -> None:
    """Take files away that their tenants keep no longer."""
    remove_outlived_files(get_engine(), media_storage())


def remove_outlived_files(engine: Engine, storage: MediaStorage) -> None:
    """Remove files before the rows that name them are committed as deleted: what fails is tried again."""
    with engine.begin() as connection:
        paths = media_files.take_outlived(connection)
        for path in paths:
            storage.remove(path)
    if paths:
        log.info("media.removed", count=len(paths))


def fetch_once(engine: Engine, storage: MediaStorage, client_of: ClientOf = graph_client) -> bool:
    """Fetch one file; False when none was due.

    Args:
        engine: of this thread.
        storage: where files lie.
        client_of: Graph client for a stored access token and app secret.
    """
    with engine.begin() as connection:
        claimed = media_files.claim(connection, limit=1, lease=LEASE)
    for file in claimed:
        _fetch(engine, storage, file, client_of)
    return bool(claimed)


def _fetch(engine: Engine, storage: MediaStorage, file: ClaimedFile, client_of: ClientOf) -> None:
    path = path_of(file.tenant_id, file.id)
    try:
        fetched = _fetched(engine, storage, file, path, client_of)
    except MediaRefusedError as refusal:
        storage.remove(path)
        _give_up(engine, file, refusal.reason)
    except Refused as refusal:
        _judge(engine, file, refusal)
    except failures.Refused as refusal:
        _judge_gateways(engine, file, refusal)
    except failures.NotSupported:
        _give_up(engine, file, "not_at_the_gateway")
    except (CallFailure, EncryptionError, OSError) as error:
        _try_again(engine, file, type(error).__name__)
    else:
        seems = served_type(storage.head(path, HEAD_BYTES), file.mime_type or fetched.mime_type)
        _keep(engine, file, path, fetched, seems)


def _fetched(engine: Engine, storage: MediaStorage, file: ClaimedFile, path: str, client_of: ClientOf) -> Fetched:
    if not file.is_gateway:
        return fetch_from_meta(client_of(file.access_token or "", file.app_secret), storage, file, path)
    with engine.connect() as connection:
        source = gateway_sources.by_channel(connection, [file.channel_id]).get(file.channel_id)
    if source is None:
        raise MediaRefusedError("session_removed")
    return fetch_from_gateway(gateway_client(source), storage, file, path)


def _judge(engine: Engine, file: ClaimedFile, refusal: Refused) -> None:
    if refusal.rule.verdict in (Verdict.PERMANENT, Verdict.RECIPIENT):
        _give_up(engine, file, f"refused_by_meta_{refusal.code}")
    else:
        _try_again(engine, file, f"refused_by_meta_{refusal.code}")


def _judge_gateways(engine: Engine, file: ClaimedFile, refusal: failures.Refused) -> None:
    act = _give_up if refusal.verdict is failures.Verdict.PERMANENT else _try_again
    act(engine, file, f"refused_by_gateway_{refusal.http_status}")


def _keep(engine: Engine, file: ClaimedFile, path: str, fetched: Fetched, seems: str) -> None:
    with engine.begin() as connection:
        conversation_id = media_files.store(
            connection,
            file.id,
            path=path,
            sha256=fetched.downloaded.sha256,
            size=fetched.downloaded.size,
            served_type=seems,
            mime_type=fetched.mime_type,
            filename=fetched.filename,
        )
        event = LiveEvent(file.tenant_id, "conversation_updated", conversation_id, file.message_id, {"media": "stored"})
        live_events.emit(connection, [event])
    log.info("media.stored", media_id=str(file.id), message_id=str(file.message_id), size=fetched.downloaded.size)


def _try_again(engine: Engine, file: ClaimedFile, reason: str) -> None:
    if file.attempts >= MOST_TRIES:
        _give_up(engine, file, reason)
        return
    delay = DELAYS[min(file.attempts, len(DELAYS)) - 1]
    with engine.begin() as connection:
        media_files.postpone(connection, file.id, delay=delay, reason=reason)
    log.warning("media.postponed", media_id=str(file.id), attempts=file.attempts, reason=reason)


def _give_up(engine: Engine, file: ClaimedFile, reason: str) -> None:
    with engine.begin() as connection:
        media_files.fail(connection, file.id, reason)
    log.warning("media.failed", media_id=str(file.id), message_id=str(file.message_id), reason=reason)
