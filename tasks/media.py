"""Files that customers sent: fetched at once, checked, stored. A failure never costs the message."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine

from db.encryption import EncryptionError
from db.engine import get_engine
from db.queries import live_events, media_files
from db.queries.live_events import LiveEvent
from db.queries.media_files import ClaimedFile
from gateways.clients import failures
from messaging.file_types import HEAD_BYTES, served_type
from observability.logging import get_logger
from tasks.gateway_clients import gateway_client, gateway_with
from tasks.graph_clients import graph_client
from tasks.media_storage import MediaStorage, media_storage, path_of
from whatsapp.graph import GraphClient
from whatsapp.graph_failures import Refused
from whatsapp.graph_media import MediaFacts, is_same_digest
from whatsapp.media_references import RECEIVE_LIMIT
from whatsapp.verdicts import Verdict
from wire.failures import CallFailure
from wire.files import Downloaded, MediaRefusedError
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


@dataclass(slots=True, frozen=True)
class Fetched:
    """A file that lies in the storage, with what its sender's side calls its type."""

    downloaded: Downloaded
    told_type: str | None


@dataclass(slots=True, frozen=True)
class Stored:
    """A file that lies in the storage whole and checked."""

    path: str
    downloaded: Downloaded
    served_type: str
    told_type: str | None


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
        fetched = _from_gateway(storage, file, path) or _from_meta(storage, file, path, client_of)
    except MediaRefusedError as refusal:
        storage.remove(path)
        _give_up(engine, file, refusal.reason)
    except Refused as refusal:
        _judge(engine, file, refusal)
    except failures.Refused as refusal:
        _judge_gateway(engine, file, refusal)
    except (CallFailure, EncryptionError, OSError) as error:
        _try_again(engine, file, type(error).__name__)
    else:
        seems = served_type(storage.head(path, HEAD_BYTES), file.mime_type or fetched.told_type)
        _keep(engine, file, Stored(path, fetched.downloaded, seems, fetched.told_type))


def _from_meta(storage: MediaStorage, file: ClaimedFile, path: str, client_of: ClientOf) -> Fetched:
    if file.meta_id is None:
        raise MediaRefusedError("no_reference")
    client = client_of(file.access_token or "", file.app_secret)
    facts = client.media(file.meta_id)
    downloaded = _download(client, storage, facts, path)
    _check_digest(file, facts, downloaded)
    return Fetched(downloaded, facts.mime_type)


def _from_gateway(storage: MediaStorage, file: ClaimedFile, path: str) -> Fetched | None:
    """Fetch a file from the gateway that has it; None: Meta has it."""
    source = gateway_with(file)
    if source is None:
        return None
    client = gateway_client(source)
    with storage.writing(path) as into:
        received = client.fetch_file(file.told or {}, into, limit=RECEIVE_LIMIT)
    return Fetched(received.downloaded, received.mime_type)


def _download(client: GraphClient, storage: MediaStorage, facts: MediaFacts, path: str) -> Downloaded:
    with storage.writing(path) as into:
        return client.download_media(facts, into, limit=RECEIVE_LIMIT)


def _check_digest(file: ClaimedFile, facts: MediaFacts, downloaded: Downloaded) -> None:
    for told in (file.sha256, facts.sha256):
        if told is not None and not is_same_digest(downloaded.sha256, told):
            raise MediaRefusedError("digest_differs")


def _judge(engine: Engine, file: ClaimedFile, refusal: Refused) -> None:
    if refusal.rule.verdict in (Verdict.PERMANENT, Verdict.RECIPIENT):
        _give_up(engine, file, f"refused_by_meta_{refusal.code}")
    else:
        _try_again(engine, file, f"refused_by_meta_{refusal.code}")


def _judge_gateway(engine: Engine, file: ClaimedFile, refusal: failures.Refused) -> None:
    """A session that is not connected is so for now."""
    if refusal.verdict in (failures.Verdict.PERMANENT, failures.Verdict.RECIPIENT):
        _give_up(engine, file, f"refused_by_gateway_{refusal.http_status}")
    else:
        _try_again(engine, file, f"gateway_{refusal.verdict}")


def _keep(engine: Engine, file: ClaimedFile, stored: Stored) -> None:
    with engine.begin() as connection:
        conversation_id = media_files.store(
            connection,
            file.id,
            path=stored.path,
            sha256=stored.downloaded.sha256,
            size=stored.downloaded.size,
            served_type=stored.served_type,
            mime_type=stored.told_type,
        )
        event = LiveEvent(file.tenant_id, "conversation_updated", conversation_id, file.message_id, {"media": "stored"})
        live_events.emit(connection, [event])
    log.info("media.stored", media_id=str(file.id), message_id=str(file.message_id), size=stored.downloaded.size)


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
