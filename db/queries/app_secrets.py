"""App secrets: which ones sign, which one signed last, and those that are dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.queries.bulk import record_source, rows_parameter
from db.queries.session_silence import NOTE_GAPS

OWN_APP_SECRET = """(
    SELECT s.secret FROM app_secrets s WHERE s.channel_id = c.id AND s.retired_at IS NULL
    ORDER BY s.created_at DESC, s.id LIMIT 1
) AS app_secret"""
"""The newest secret, encrypted, of the Meta app that channel `c` brings along; null: it uses the installation's."""


@dataclass(slots=True, frozen=True)
class EnvironmentSecret:
    """A secret of the installation's Meta app; `secret` is encrypted."""

    id: UUID
    secret: str
    digest: bytes


_REGISTER = text(f"""
INSERT INTO app_secrets (id, tenant_id, secret, digest, is_from_environment)
SELECT v.id, :tenant_id, v.secret, v.digest, true
FROM {record_source({"id": "uuid", "secret": "text", "digest": "bytea"})}
ON CONFLICT (id) DO UPDATE SET secret = EXCLUDED.secret, retired_at = NULL WHERE app_secrets.secret IS NULL
""")


def register_environment(connection: Connection, tenant_id: UUID, secrets: Sequence[EnvironmentSecret]) -> int:
    """Keep the environment's secrets, each once; return how many are new or back again."""
    return connection.execute(_REGISTER, {"tenant_id": tenant_id, **rows_parameter(secrets)}).rowcount


_RETIRE_ENVIRONMENT = text("""
UPDATE app_secrets SET retired_at = now(), secret = NULL
WHERE is_from_environment AND retired_at IS NULL AND id <> ALL(:ids)
""")


def retire_environment(connection: Connection, kept: Sequence[UUID]) -> int:
    """Retire the environment's secrets that are not in it any more; return how many."""
    return connection.execute(_RETIRE_ENVIRONMENT, {"ids": list(kept)}).rowcount


_ADD = text("""
INSERT INTO app_secrets (id, tenant_id, channel_id, secret, digest)
VALUES (:id, :tenant_id, :channel_id, :secret, :digest)
ON CONFLICT (channel_id, digest) DO UPDATE SET secret = EXCLUDED.secret, retired_at = NULL, created_at = now()
    WHERE app_secrets.secret IS NULL
""")


def add(
    connection: Connection, tenant_id: UUID, channel_id: UUID, *, secret_id: UUID, secret: str, digest: bytes
) -> bool:
    """Let a secret (encrypted) sign for a channel beside those it has; False when it does already."""
    values = {
        "id": secret_id,
        "tenant_id": tenant_id,
        "channel_id": channel_id,
        "secret": secret,
        "digest": digest,
    }
    return connection.execute(_ADD, values).rowcount > 0


_RETIRE = text("""
UPDATE app_secrets SET retired_at = now(), secret = NULL
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND id = :id AND retired_at IS NULL
""")


def retire(connection: Connection, tenant_id: UUID, channel_id: UUID, secret_id: UUID) -> bool:
    """Erase a channel's secret: what it signs is refused from now on. False when there is no such secret."""
    values = {"tenant_id": tenant_id, "channel_id": channel_id, "id": secret_id}
    return connection.execute(_RETIRE, values).rowcount > 0


_RETIRE_ALL = text("""
UPDATE app_secrets SET retired_at = now(), secret = NULL
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND retired_at IS NULL
""")


def retire_all(connection: Connection, tenant_id: UUID, channel_id: UUID) -> None:
    """Erase all secrets of a channel."""
    connection.execute(_RETIRE_ALL, {"tenant_id": tenant_id, "channel_id": channel_id})


_OF_TENANT = text("""
SELECT id, channel_id, is_from_environment, created_at, last_used_at FROM app_secrets
WHERE tenant_id = :tenant_id AND retired_at IS NULL ORDER BY created_at DESC, id
""")


def of_tenant(connection: Connection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Return a tenant's secrets that may sign, newest first, without the secrets themselves."""
    return connection.execute(_OF_TENANT, {"tenant_id": tenant_id}).all()


_OF_ENVIRONMENT = text("""
SELECT id, channel_id, is_from_environment, created_at, last_used_at FROM app_secrets
WHERE is_from_environment AND retired_at IS NULL ORDER BY created_at DESC, id
""")


def of_environment(connection: Connection) -> Sequence[Row[Any]]:
    """Return the secrets of the installation's app, newest first, without the secrets themselves."""
    return connection.execute(_OF_ENVIRONMENT).all()


@dataclass(slots=True, frozen=True)
class OwnWebhook:
    """What a channel's own webhook is verified and signed with; both encrypted."""

    channel_id: UUID
    verify_token: str | None
    secrets: tuple[tuple[UUID, str], ...]


_OWN_WEBHOOKS = text("""
SELECT c.id, c.verify_token, coalesce(
    array_agg(s.id::text ORDER BY s.created_at DESC) FILTER (WHERE s.id IS NOT NULL), '{}'
) AS ids, coalesce(
    array_agg(s.secret ORDER BY s.created_at DESC) FILTER (WHERE s.id IS NOT NULL), '{}'
) AS secrets
FROM channels c LEFT JOIN app_secrets s ON s.channel_id = c.id AND s.retired_at IS NULL
WHERE c.disconnected_at IS NULL AND (c.verify_token IS NOT NULL OR s.id IS NOT NULL)
    AND NOT EXISTS (SELECT FROM gateway_sources g WHERE g.channel_id = c.id)
GROUP BY c.id
""")


def own_webhooks(connection: Connection) -> list[OwnWebhook]:
    """Return the webhooks of all channels that have one of their own."""
    return [
        OwnWebhook(row.id, row.verify_token, tuple(zip(map(UUID, row.ids), row.secrets, strict=True)))
        for row in connection.execute(_OWN_WEBHOOKS)
    ]


_TOUCH = text(f"""
WITH secrets AS (
    SELECT id FROM app_secrets WHERE id = ANY(:secrets)
        AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), signed AS (
    UPDATE app_secrets a SET last_used_at = now() FROM secrets WHERE a.id = secrets.id
), numbers AS (
    SELECT id, extract(epoch FROM now() - last_event_at)::float8 AS gap FROM channels WHERE id = ANY(:channels)
        AND (last_event_at IS NULL OR last_event_at < now() - interval '1 minute')
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), gaps AS ({NOTE_GAPS})
UPDATE channels c SET last_event_at = now() FROM numbers WHERE c.id = numbers.id
""")


def touch(connection: Connection, secrets: Sequence[UUID], channels: Sequence[UUID]) -> None:
    """Note that secrets signed and that channels got events just now, where that was not noted within a minute."""
    connection.execute(_TOUCH, {"secrets": list(secrets), "channels": list(channels)})


_NOTE_WEBHOOK = """
UPDATE channels c SET {column} = :at WHERE c.disconnected_at IS NULL AND ({of}) AND (
    c.{column} IS NULL OR c.{column} < :at
)
"""
_OF_CHANNELS = "c.id = ANY(:channels)"
_OF_INSTALLATION = """
NOT EXISTS (SELECT FROM app_secrets s WHERE s.channel_id = c.id AND s.retired_at IS NULL)
"""
NOTES = {"verified": "webhook_verified_at", "refused": "webhook_refused_at"}


def note_webhooks(connection: Connection, what: str, channels: Sequence[UUID], at: datetime) -> None:
    """Note when webhooks of channels were verified or refused.

    Args:
        connection: to Postgres.
        what: "verified" or "refused".
        channels: whose own webhooks.
        at: when.
    """
    query = text(_NOTE_WEBHOOK.format(column=NOTES[what], of=_OF_CHANNELS))
    connection.execute(query, {"channels": list(channels), "at": at})


def note_installation_webhook(connection: Connection, what: str, at: datetime) -> None:
    """Note when the installation's own webhook was verified or refused, for all channels that use it."""
    connection.execute(text(_NOTE_WEBHOOK.format(column=NOTES[what], of=_OF_INSTALLATION)), {"at": at})
