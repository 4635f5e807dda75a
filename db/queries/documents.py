"""Invoices and quotes: each number once per tenant and kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, text

from db.queries.messages import STORE_AND_QUEUE, NewMessage, message_rows


@dataclass(slots=True, frozen=True, kw_only=True)
class NewDocument:
    """A document to be delivered."""

    id: UUID
    tenant_id: UUID
    kind: str
    number: str
    customer_name: str
    amount: Decimal
    currency: str
    period: str | None
    due_date: date | None
    valid_until: date | None
    link: str | None
    document_url: str | None
    created_at: datetime


_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "kind": "text",
    "number": "text",
    "customer_name": "text",
    "amount": "numeric",
    "currency": "text",
    "period": "text",
    "due_date": "date",
    "valid_until": "date",
    "link": "text",
    "document_url": "text",
    "created_at": "timestamptz",
}
_NAMES = ", ".join(_COLUMNS)

_DELIVER = text(f"""
WITH document AS (
    INSERT INTO documents ({_NAMES}) SELECT * FROM json_to_record(CAST(:document AS json))
        AS d({", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())})
    ON CONFLICT (tenant_id, kind, number) DO NOTHING
    RETURNING id
), {STORE_AND_QUEUE.format(condition="WHERE EXISTS (SELECT FROM document)")}
""")


def deliver(connection: Connection, document: NewDocument, messages: Sequence[NewMessage]) -> bool:
    """Store a document with its messages and queue them; False, and nothing done, when its number is taken.

    Waits while another transaction stores the same number: its commit makes this False, its rollback True.
    """
    as_json = orjson.dumps(document, default=str).decode()
    return connection.execute(_DELIVER, {"document": as_json, **message_rows(messages)}).rowcount > 0


_BY_NUMBER = text(f"""
SELECT {_NAMES} FROM documents WHERE tenant_id = :tenant_id AND kind = :kind AND number = :number
""")
_BY_ID = text(f"""
SELECT {_NAMES} FROM documents WHERE tenant_id = :tenant_id AND kind = :kind AND id = :id
""")


def find_by_number(connection: Connection, tenant_id: UUID, kind: str, number: str) -> Row[Any] | None:
    """Return a document of the tenant by its number."""
    return connection.execute(_BY_NUMBER, {"tenant_id": tenant_id, "kind": kind, "number": number}).first()


def find_by_id(connection: Connection, tenant_id: UUID, kind: str, document_id: UUID) -> Row[Any] | None:
    """Return a document of the tenant by our id."""
    return connection.execute(_BY_ID, {"tenant_id": tenant_id, "kind": kind, "id": document_id}).first()


_MESSAGES = text("""
SELECT id, contact_phone, status, step FROM messages
WHERE document_id = :document_id AND tenant_id = :tenant_id ORDER BY id
""")


def messages_of(connection: Connection, tenant_id: UUID, document_id: UUID) -> Sequence[Row[Any]]:
    """Return the messages that carry a document, oldest first."""
    return connection.execute(_MESSAGES, {"tenant_id": tenant_id, "document_id": document_id}).all()
