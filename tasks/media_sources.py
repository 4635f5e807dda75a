"""Where a file of a message comes from: Meta, or the gateway whose session it came by."""

import hashlib
from dataclasses import dataclass, field

from db.queries.media_files import ClaimedFile
from gateways.clients.client import GatewayClient
from tasks.media_storage import MediaStorage
from whatsapp.graph import GraphClient
from whatsapp.graph_media import Downloaded, MediaFacts, MediaRefusedError, is_same_digest
from whatsapp.media_references import RECEIVE_LIMIT


@dataclass(slots=True, frozen=True)
class Fetched:
    """A file that was written, and what its source says about it."""

    downloaded: Downloaded
    mime_type: str | None
    filename: str | None = field(default=None, repr=False)


def fetch_from_meta(client: GraphClient, storage: MediaStorage, file: ClaimedFile, path: str) -> Fetched:
    """Write a file that Meta keeps; its address lives five minutes and is asked for anew.

    Raises:
        MediaRefusedError: it is none of Meta's, too large, or not the file that the webhook told of.
        NotSent, OutcomeUnknown, Refused: as every call.
    """
    facts = client.media(file.meta_id)
    with storage.writing(path) as into:
        downloaded = client.download_media(facts, into, limit=RECEIVE_LIMIT)
    _check_digest(file, facts, downloaded)
    return Fetched(downloaded, facts.mime_type)


def fetch_from_gateway(client: GatewayClient, storage: MediaStorage, file: ClaimedFile, path: str) -> Fetched:
    """Write a file that a gateway has, or fetches from the phone.

    Raises:
        MediaRefusedError: it is empty or too large.
        NotSent, OutcomeUnknown, Refused, NotSupported: as every call.
    """
    found = client.file(file.meta_id)
    if not 0 < len(found.content) <= RECEIVE_LIMIT:
        raise MediaRefusedError("wrong_size")
    with storage.writing(path) as into:
        into.write(found.content)
    downloaded = Downloaded(len(found.content), hashlib.sha256(found.content).hexdigest())
    return Fetched(downloaded, found.mime_type, found.filename)


def _check_digest(file: ClaimedFile, facts: MediaFacts, downloaded: Downloaded) -> None:
    for told in (file.sha256, facts.sha256):
        if told is not None and not is_same_digest(downloaded.sha256, told):
            raise MediaRefusedError("digest_differs")
