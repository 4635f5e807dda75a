"""Registered sessions of gateways."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

NUMBER_PREFIX = "gateway:"
"""Before the session's name: what stands for phone_number_id, which a gateway does not have."""


@dataclass(slots=True, frozen=True, kw_only=True)
class NewSource:
    """A session to register; `api_key` is encrypted (db.sealed.ACCESS_TOKEN)."""

    id: UUID
    tenant_id: UUID
    kind: str
    session_id: str
    base_url: str
    api_key: str
    proof: str
    user_id: str | None


_ADD = text(f"""
WITH channel AS (
    INSERT INTO channels (id, tenant_id, name, phone_number_id, access_token, is_active)
    VALUES (:id, :tenant_id, :session_id, '{NUMBER_PREFIX}' || :session_id, :api_key, true)
    ON CONFLICT DO NOTHING RETURNING id, tenant_id
), pace AS (
    INSERT INTO pacing (channel_id, tokens) SELECT id, 1 FROM channel
), source AS (
    INSERT INTO gateway_sources (channel_id, tenant_id, kind, session_id, base_url, proof, user_id)
    SELECT id, tenant_id, :kind, :session_id, :base_url, :proof, :user_id FROM channel RETURNING channel_id, tenant_id
)
INSERT INTO gateway_sessions (channel_id, tenant_id) SELECT channel_id, tenant_id FROM source RETURNING channel_id
""")


def add(connection: Connection, source: NewSource) -> bool:
    """Register a session with its channel; False when the name is taken."""
    values = {name: getattr(source, name) for name in NewSource.__slots__}
    return connection.execute(_ADD, values).first() is not None


@dataclass(slots=True, frozen=True)
class Source:
    """What is needed to call a session's gateway; `api_key` is encrypted."""

    channel_id: UUID
    tenant_id: UUID
    kind: str
    session_id: str
    base_url: str
    api_key: str


_COLUMNS = "g.channel_id, g.tenant_id, g.kind, g.session_id, g.base_url, c.access_token"
_FIND = text(f"""
SELECT {_COLUMNS} FROM gateway_sources g JOIN channels c ON c.id = g.channel_id
WHERE g.tenant_id = :tenant_id AND g.session_id = :session_id AND c.access_token IS NOT NULL
""")


def find(connection: Connection, tenant_id: UUID, session_id: str) -> Source | None:
    """Return a tenant's session by its name."""
    row = connection.execute(_FIND, {"tenant_id": tenant_id, "session_id": session_id}).first()
    return None if row is None else Source(*row)


_PROVING = text("""
SELECT g.channel_id, g.proof, (
    SELECT count(*) FROM app_secrets s WHERE s.channel_id = g.channel_id AND s.retired_at IS NULL
) AS secrets
FROM gateway_sources g WHERE g.tenant_id = :tenant_id AND g.session_id = :session_id FOR UPDATE OF g
""")


def proving(connection: Connection, tenant_id: UUID, session_id: str) -> Row[Any] | None:
    """Return how a tenant's session proves itself and by how many secrets; others who ask wait for the transaction."""
    return connection.execute(_PROVING, {"tenant_id": tenant_id, "session_id": session_id}).first()


_COUNT = text("SELECT count(*) FROM gateway_sources WHERE tenant_id = :tenant_id")


def count(connection: Connection, tenant_id: UUID) -> int:
    """Return how many sessions a tenant has."""
    return int(connection.execute(_COUNT, {"tenant_id": tenant_id}).scalar_one())


_BY_CHANNEL = text(f"""
SELECT {_COLUMNS} FROM gateway_sources g JOIN channels c ON c.id = g.channel_id
WHERE g.channel_id = ANY(:ids) AND c.access_token IS NOT NULL ORDER BY g.channel_id
""")


def by_channel(connection: Connection, channel_ids: Sequence[UUID]) -> dict[UUID, Source]:
    """Return those of these channels that are gateways'."""
    rows = connection.execute(_BY_CHANNEL, {"ids": list(channel_ids)})
    return {source.channel_id: source for source in (Source(*row) for row in rows)}


@dataclass(slots=True, frozen=True)
class ReceivingSource:
    """What a webhook of a session is checked with; `secrets` are (id, encrypted)."""

    channel_id: UUID
    kind: str
    session_id: str
    proof: str
    secrets: tuple[tuple[UUID, str], ...]


_RECEIVING = text("""
SELECT g.channel_id, g.kind, g.session_id, g.proof, coalesce(
    array_agg(s.id::text ORDER BY s.created_at DESC) FILTER (WHERE s.id IS NOT NULL), '{}'
) AS ids, coalesce(
    array_agg(s.secret ORDER BY s.created_at DESC) FILTER (WHERE s.id IS NOT NULL), '{}'
) AS secrets
FROM gateway_sources g JOIN channels c ON c.id = g.channel_id AND c.disconnected_at IS NULL
LEFT JOIN app_secrets s ON s.channel_id = g.channel_id AND s.retired_at IS NULL
GROUP BY g.channel_id
""")


def receiving(connection: Connection) -> list[ReceivingSource]:
    """Return all sessions whose webhooks are taken."""
    return [
        ReceivingSource(
            row.channel_id,
            row.kind,
            row.session_id,
            row.proof,
            tuple(zip(map(UUID, row.ids), row.secrets, strict=True)),
        )
        for row in connection.execute(_RECEIVING)
    ]


_REMOVE = text("""
WITH source AS (
    DELETE FROM gateway_sources WHERE tenant_id = :tenant_id AND session_id = :session_id RETURNING channel_id
), cancelled AS (
    UPDATE channels c SET is_active = false, disconnected_at = now(), access_token = NULL
    FROM source WHERE c.id = source.channel_id RETURNING c.id
)
UPDATE app_secrets s SET retired_at = now(), secret = NULL FROM cancelled
WHERE s.channel_id = cancelled.id AND s.retired_at IS NULL RETURNING s.channel_id
""")


def remove(connection: Connection, tenant_id: UUID, session_id: str) -> UUID | None:
    """Forget a session and erase its keys; its channel stays for its messages. Return the channel's id."""
    row = connection.execute(_REMOVE, {"tenant_id": tenant_id, "session_id": session_id}).first()
    return None if row is None else row.channel_id


_LIST = text("""
SELECT g.session_id, g.user_id, g.kind, g.proof, g.base_url, g.channel_id, g.created_at, s.status, s.message, s.phone,
    s.qr, s.pairing_code, s.qr_expires_at, s.updated_at, s.qr IS NOT NULL AND s.qr_expires_at > now() AS has_qr
FROM gateway_sources g JOIN gateway_sessions s ON s.channel_id = g.channel_id
WHERE g.tenant_id = :tenant_id AND (CAST(:session_id AS text) IS NULL OR g.session_id = :session_id)
    AND (CAST(:user_id AS text) IS NULL OR g.user_id = :user_id)
ORDER BY g.created_at, g.channel_id
""")


def shown(
    connection: Connection, tenant_id: UUID, *, session_id: str | None = None, user_id: str | None = None
) -> Sequence[Row[Any]]:
    """Return a tenant's sessions as they are now; QR and pairing code are encrypted."""
    return connection.execute(_LIST, {"tenant_id": tenant_id, "session_id": session_id, "user_id": user_id}).all()
