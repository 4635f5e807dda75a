"""Files at Meta: look up, download, upload (Meta: Media).

A file's address comes from outside and lives five minutes: it is asked for again at each download, and the token goes
to Meta's hosts alone.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from typing import IO
from urllib.parse import urlsplit

import requests

from whatsapp.graph_failures import GraphFailure
from whatsapp.items import Json
from wire.failures import NotSent, OutcomeUnknown
from wire.files import BLOCK, Downloaded, MediaRefusedError, write_blocks
from wire.values import string

META_HOSTS = ("lookaside.fbsbx.com", "graph.facebook.com")
_HEX_DIGITS = 64


@dataclass(slots=True, frozen=True)
class MediaFacts:
    """What Meta says about a file; `sha256` in hexadecimal or base64, as Meta likes."""

    url: str = field(repr=False)
    mime_type: str | None
    sha256: str | None
    size: int | None


def media_facts(answer: Json) -> MediaFacts:
    """Read the answer to a look-up.

    Raises:
        OutcomeUnknown: it names no address.
    """
    url, size = string(answer.get("url")), answer.get("file_size")
    if url is None:
        raise OutcomeUnknown("no_media_url")
    return MediaFacts(
        url, string(answer.get("mime_type")), string(answer.get("sha256")), size if type(size) is int else None
    )


def check_media_url(url: str, base_url: str) -> None:
    """Check that a file's address is one of Meta's, or of the Graph API that is configured.

    Raises:
        MediaRefusedError: foreign_host.
    """
    own, address = urlsplit(base_url), urlsplit(url)
    is_own = (address.scheme, address.netloc) == (own.scheme, own.netloc)
    is_metas = address.scheme == "https" and address.netloc in META_HOSTS
    if not (is_own or is_metas):
        raise MediaRefusedError("foreign_host")


def download(
    session: requests.Session, url: str, token: str, into: IO[bytes], *, limit: int, timeouts: tuple[float, float]
) -> Downloaded:
    """Write a file's bytes.

    Args:
        session: its pool is used.
        url: checked by `check_media_url`.
        token: the channel's; sent as a header, redirects are not followed.
        into: what the bytes are written to.
        limit: the most bytes.
        timeouts: seconds to connect, and between bytes.

    Raises:
        NotSent, OutcomeUnknown: the network, or an answer that is no file; worth another try
            with a fresh address.
        MediaRefusedError: too_large.
    """
    headers: dict[str, str | bytes | None] = {"Authorization": f"Bearer {token}".encode(), "User-Agent": "paperboy"}
    try:
        with session.get(url, headers=headers, timeout=timeouts, allow_redirects=False, stream=True) as response:
            if response.status_code != requests.codes.ok:
                raise OutcomeUnknown("media_not_served", response.status_code)
            return write_blocks(response.iter_content(BLOCK), into, limit)
    except requests.ConnectTimeout:
        failure: GraphFailure = NotSent("connect_timeout")
    except requests.RequestException:
        failure = OutcomeUnknown("connection_lost")
    raise failure


def is_same_digest(sha256: str, told: str) -> bool:
    """Tell whether a digest in hexadecimal is the one that Meta told, in hexadecimal or base64."""
    if len(told) == _HEX_DIGITS:
        return hmac.compare_digest(sha256, told.lower())
    try:
        return hmac.compare_digest(bytes.fromhex(sha256), base64.b64decode(told, validate=True))
    except (binascii.Error, ValueError):
        return False
