"""Files of messages at a gateway: asked for there and nowhere else, as bytes or as base64 within JSON."""

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

import requests

from gateways.addresses import is_group_or_person
from gateways.items import Json
from gateways.web_messages import is_from_me
from gateways.wire_values import json_object
from wire.failures import NotSent, OutcomeUnknown
from wire.files import BLOCK, Downloaded, MediaRefusedError, write_blocks
from wire.values import string

LARGEST_JSON = 32 * 1024 * 1024
"""Bytes of an answer that holds a file as base64, which is held in memory whole: a file of 24 MB."""
FILES = "/api/files/"
"""Where WAHA serves them (WAHA: Receive files)."""


@dataclass(slots=True, frozen=True)
class ReceivedFile:
    """A file as it was written, and what the gateway says of it."""

    downloaded: Downloaded
    mime_type: str | None


def address_at(base_url: str, url: str) -> str:
    """Return where a file is asked for: at the registered address, whatever host the gateway names.

    A gateway in a container calls itself localhost; and a webhook must not send our key, or us, elsewhere.

    Raises:
        MediaRefusedError: foreign_host, the address is none of the gateway's files.
    """
    path = urlsplit(url).path
    if FILES not in path:
        raise MediaRefusedError("foreign_host")
    return f"{base_url}{FILES}{path.rpartition(FILES)[2]}"


def chat_of(told: Json) -> str:
    """Return the address of the chat in which a message stands, as the library writes it.

    Raises:
        MediaRefusedError: no_reference, it names none.
    """
    identity = told.get("id")
    chat = json_object(identity).get("remote") or told.get("to" if is_from_me(told) else "from")
    chat = json_object(chat).get("_serialized") or chat
    if not is_group_or_person(chat):
        raise MediaRefusedError("no_reference")
    return str(chat)


@contextmanager
def answering(
    session: requests.Session, request: requests.Request, timeouts: tuple[float, float]
) -> Iterator[requests.Response]:
    """Send a request whose answer is read piece by piece; redirects are not followed.

    Raises:
        NotSent, OutcomeUnknown: the network; asking for a file again does no harm.
    """
    try:
        with session.send(request.prepare(), timeout=timeouts, allow_redirects=False, stream=True) as response:
            yield response
        return
    except requests.ConnectTimeout:
        failure: NotSent | OutcomeUnknown = NotSent("connect_timeout")
    except requests.RequestException:
        failure = OutcomeUnknown("connection_lost")
    raise failure


def content_of(response: requests.Response) -> bytes:
    """Return an answer that holds JSON.

    Raises:
        MediaRefusedError: too_large.
    """
    content = bytearray()
    for block in response.iter_content(BLOCK):
        content += block
        if len(content) > LARGEST_JSON:
            raise MediaRefusedError("too_large")
    return bytes(content)


def write_base64(told: object, into: IO[bytes], limit: int) -> Downloaded:
    """Write a file that came as base64, with or without the beginning of a data: address.

    Raises:
        OutcomeUnknown: there is none.
        MediaRefusedError: too_large.
    """
    text = string(told) or ""
    try:
        content = base64.b64decode(text.rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        raise OutcomeUnknown("no_file")
    return write_blocks([content], into, limit)
