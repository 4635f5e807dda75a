"""Tickets for live connections: given by the API, taken once by the process that a browser connects to."""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(slots=True, frozen=True)
class Holder:
    """Whom a ticket lets in."""

    tenant_id: UUID
    user_id: str
    key_id: UUID | None
    """The API key that asked for it; None: a page, by its person's login."""


_GIVE = text("""
WITH gone AS (DELETE FROM live_tickets WHERE expires_at < now())
INSERT INTO live_tickets (digest, tenant_id, user_id, api_key_id, expires_at)
VALUES (:digest, :tenant_id, :user_id, :key_id, now() + :lifetime) RETURNING expires_at
""")


def give(connection: Connection, holder: Holder, lifetime: timedelta) -> tuple[str, datetime]:
    """Return a new ticket and its end; those whose time is over are removed on the way."""
    ticket = secrets.token_urlsafe(32)
    values = {**asdict(holder), "digest": _digest(ticket), "lifetime": lifetime}
    expires_at: datetime = connection.execute(_GIVE, values).scalar_one()
    return ticket, expires_at


_TAKE = text("""
DELETE FROM live_tickets WHERE digest = :digest
RETURNING tenant_id, user_id, api_key_id, expires_at > now() AS holds
""")


def take(connection: Connection, ticket: str) -> Holder | None:
    """Use a ticket up; None when there is none such, or its time is over."""
    row = connection.execute(_TAKE, {"digest": _digest(ticket)}).first()
    return Holder(row.tenant_id, row.user_id, row.api_key_id) if row is not None and row.holds else None


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
