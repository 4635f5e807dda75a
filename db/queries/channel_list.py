"""Channels as their tenant sees them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

_SHOWN = """
SELECT c.id, c.name, c.phone_number_id, c.waba_id, c.display_phone_number, c.is_active, c.throughput_per_second,
    c.verify_token IS NOT NULL AS has_verify_token, c.webhook_verified_at, c.webhook_refused_at, c.last_event_at,
    c.token_checked_at, c.token_is_valid, c.token_expires_at, c.token_scopes, c.token_problem, c.quality_rating,
    c.verified_name, c.throughput_level, c.number_checked_at, c.number_unproved_since, c.fields_subscribed,
    c.paused_at, c.paused_code, c.paused_reason, c.probe_at, c.is_on_trial, p.slowed_to,
    EXISTS (SELECT FROM gateway_sources g WHERE g.channel_id = c.id) AS is_gateway,
    CASE WHEN p.blocked_until > now() THEN p.blocked_until END AS blocked_until,
    (SELECT count(*) FROM outbox o WHERE o.channel_id = c.id AND o.state IN ('waiting', 'held')) AS waiting
FROM channels c JOIN pacing p ON p.channel_id = c.id
WHERE c.tenant_id = :tenant_id AND c.disconnected_at IS NULL
"""
_LIST = text(f"{_SHOWN} ORDER BY c.id")
_FIND = text(f"{_SHOWN} AND c.id = :id")


def list_all(connection: Connection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Return a tenant's channels; it has a handful."""
    return connection.execute(_LIST, {"tenant_id": tenant_id}).all()


def find(connection: Connection, tenant_id: UUID, channel_id: UUID) -> Row[Any] | None:
    """Return a channel of the tenant."""
    return connection.execute(_FIND, {"tenant_id": tenant_id, "id": channel_id}).first()


_HOLDS = text("""
SELECT h.channel_id, h.name, h.language, h.code, h.reason, h.held_at
FROM template_holds h JOIN channels c ON c.id = h.channel_id
WHERE c.tenant_id = :tenant_id ORDER BY h.held_at
""")


def held_templates(connection: Connection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Return the templates of a tenant that Meta refuses at present."""
    return connection.execute(_HOLDS, {"tenant_id": tenant_id}).all()
