"""Idempotency-Key: the same request again gets the first answer again, and does nothing."""

import hashlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

import orjson
from flask import Response, g, request
from sqlalchemy import Connection

from db.queries import idempotency
from db.queries.idempotency import FirstAnswer
from web.api.answers import accepted, json_answer
from web.api.auth import current_tenant
from web.api.database import Database
from web.api.problems import Problem
from web.api.services import services

HEADER = "Idempotency-Key"
REPLAY_HEADER = "Idempotent-Replay"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_MAY_HAVE_SUCCEEDED = (409, 422)
"""What was accepted once may be refused later: a template paused since, a scheduled time gone by."""

P = ParamSpec("P")


@dataclass(slots=True, frozen=True)
class RequestKey:
    """The key of the request at hand with the digest of what is asked."""

    key: str
    digest: bytes


def idempotent(view: Callable[P, Response]) -> Callable[P, Response]:
    """Let a view that creates something be asked twice."""

    @wraps(view)
    def replaying(*args: P.args, **kwargs: P.kwargs) -> Response:
        g.request_key = key = _read_key()
        try:
            return view(*args, **kwargs)
        except Problem as problem:
            if key is None or problem.status not in _MAY_HAVE_SUCCEEDED:
                raise
            with services().database.connect() as connection:
                first = idempotency.find(connection, current_tenant(), key.key)
            if first is None:
                raise
            return _replay(key, first)

    return replaying


def unit(database: Database) -> AbstractContextManager[Connection]:
    """Return a connection for one creating statement: with a key, a transaction that holds both."""
    return database.connect() if g.request_key is None else database.transaction()


def claim(connection: Connection, tenant_id: UUID, status: int, answer: dict[str, Any]) -> Response | None:
    """Take the request's key, when it has one, for this answer.

    Args:
        connection: in the transaction that does what is asked.
        tenant_id: of the caller.
        status: of the answer to come.
        answer: to come.

    Returns:
        None: go on. A response: the key was used before; undo nothing, do nothing, answer this.

    Raises:
        Problem: the key was used for another request.
    """
    key: RequestKey | None = g.request_key
    if key is None or idempotency.claim(connection, tenant_id, key.key, FirstAnswer(key.digest, status, answer)):
        return None
    first = idempotency.find(connection, tenant_id, key.key)
    if first is None:
        raise Problem(409, "idempotency_key_expired", "This Idempotency-Key expired just now; try again.")
    return _replay(key, first)


def amend(connection: Connection, tenant_id: UUID, status: int, answer: dict[str, Any]) -> None:
    """Give the request's key, when it has one, another answer than the one it was claimed for."""
    key: RequestKey | None = g.request_key
    if key is not None:
        idempotency.amend(connection, tenant_id, key.key, status, answer)


def _read_key() -> RequestKey | None:
    given = request.headers.get(HEADER)
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        raise Problem(400, "idempotency_key_malformed", "The Idempotency-Key has 1 to 255 visible ASCII characters.")
    return RequestKey(given, _digest())


def _digest() -> bytes:
    """Neither the order of names nor white space makes another request."""
    body = request.get_data()
    with suppress(orjson.JSONDecodeError):
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(request.path.encode() + b"\0" + body).digest()


def _replay(key: RequestKey, first: FirstAnswer) -> Response:
    if first.request_digest != key.digest:
        raise Problem(
            422, "idempotency_key_reused", "This Idempotency-Key was used for another request; take a new one."
        )
    is_accepted = first.status == 202  # noqa: PLR2004 - HTTP's own number
    answer = accepted(first.answer, request.path, first.answer["id"]) if is_accepted else json_answer(first.answer)
    answer.headers[REPLAY_HEADER] = "true"
    return answer
