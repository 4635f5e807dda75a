"""POSTs to tenants' own systems: signed as Standard Webhooks says, bounded in time and size, to the public alone."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from messaging.limits import DEFAULTS
from messaging.standard_webhooks import signature
from settings import get_settings
from tasks.public_http import TIMEOUTS, NotPublicError, ended_within, public_session

BLOCK = 16_384
WHOLE_SECONDS = DEFAULTS.callback_seconds


class NotTakenError(Exception):
    """The system at the address did not take what was posted; the text is for its owner."""

    def __init__(self, problem: str, http_status: int | None = None) -> None:
        super().__init__(problem)
        self.http_status = http_status


@dataclass(slots=True, frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = field(repr=False)
    """One byte more than was asked for, when there was more."""


def post_signed(url: str, secret: str, *, identity: str, body: bytes, most: int = 0) -> Answer:
    """Post JSON and return the answer, whatever its status.

    Args:
        url: a tenant's.
        secret: signs it.
        identity: header webhook-id; the same for each repeat.
        body: JSON.
        most: bytes of the answer that are wanted; 0: none is read.

    Raises:
        NotTakenError: no answer, not in time, or the address leads into a private network.
    """
    now = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "paperboy",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "webhook-id": identity,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, identity, now, body),
    }
    try:
        with (
            ended_within(WHOLE_SECONDS),
            _session().post(
                url, data=body, headers=headers, timeout=TIMEOUTS, allow_redirects=False, stream=True
            ) as answer,
        ):
            return Answer(answer.status_code, _read(answer, most))
    except NotPublicError:
        raise NotTakenError("The address leads into a private network.") from None
    except (requests.RequestException, HTTPError) as error:
        raise NotTakenError(f"No answer: {type(error).__name__}.") from None


def require_success(answer: Answer) -> None:
    """Raise NotTakenError unless the status is one of success."""
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise NotTakenError(f"It answered {answer.status}.", answer.status)


def pause_after(attempts: int, most: int) -> timedelta | None:
    """Return how long what was not taken waits after this many attempts; None: it is given up after `most`."""
    if attempts >= most:
        return None
    seconds = DEFAULTS.callback_first_seconds * DEFAULTS.callback_growth ** (attempts - 1)
    return timedelta(seconds=min(seconds, DEFAULTS.callback_cap_seconds))


def moment(at: datetime) -> str:
    """Return a time as bodies tell it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read(answer: requests.Response, most: int) -> bytes:
    found = b""
    while most and len(found) <= most:
        block: Any = answer.raw.read(min(BLOCK, most + 1 - len(found)), decode_content=False)
        if not block:
            break
        found += block
    return found


@lru_cache(maxsize=1)
def _session() -> requests.Session:
    return public_session(allow_local=get_settings().env != "production")
