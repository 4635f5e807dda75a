"""First answers to requests with an Idempotency-Key, written in the transaction of what they did."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text


@dataclass(slots=True, frozen=True)
class FirstAnswer:
    """What was answered to a key's first request."""

    request_digest: bytes
    status: int
    answer: dict[str, Any]


_CLAIM = text("""
INSERT INTO idempotency_keys (tenant_id, key, request_digest, status, answer)
VALUES (:tenant_id, :key, :request_digest, :status, CAST(:answer AS jsonb))
ON CONFLICT DO NOTHING
""")


def claim(connection: Connection, tenant_id: UUID, key: str, first: FirstAnswer) -> bool:
    """Take a key for the request at hand; False when another request had it.

    Waits while another transaction holds the key: its commit makes this False, its rollback True.
    """
    values = {
        "tenant_id": tenant_id,
        "key": key,
        "request_digest": first.request_digest,
        "status": first.status,
        "answer": orjson.dumps(first.answer).decode(),
    }
    return connection.execute(_CLAIM, values).rowcount > 0


_FIND = text("SELECT request_digest, status, answer FROM idempotency_keys WHERE tenant_id = :tenant_id AND key = :key")


def find(connection: Connection, tenant_id: UUID, key: str) -> FirstAnswer | None:
    """Return what was answered to the key's first request; None when there was none."""
    row = connection.execute(_FIND, {"tenant_id": tenant_id, "key": key}).first()
    return None if row is None else FirstAnswer(bytes(row.request_digest), row.status, row.answer)


_AMEND = text("""
UPDATE idempotency_keys SET status = :status, answer = CAST(:answer AS jsonb)
WHERE tenant_id = :tenant_id AND key = :key
""")


def amend(connection: Connection, tenant_id: UUID, key: str, status: int, answer: dict[str, Any]) -> None:
    """Replace the answer of a key that was claimed in this transaction."""
    values = {"tenant_id": tenant_id, "key": key, "status": status, "answer": orjson.dumps(answer).decode()}
    connection.execute(_AMEND, values)


_FORGET = text("DELETE FROM idempotency_keys WHERE created_at < now() - CAST(:age AS interval)")


def forget_older_than(connection: Connection, age: timedelta) -> int:
    """Drop the keys of requests older than `age`; return how many."""
    return connection.execute(_FORGET, {"age": age}).rowcount
