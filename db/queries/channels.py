"""Channels by what a webhook names, and their pausing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.app_secrets import OWN_APP_SECRET


@dataclass(slots=True, frozen=True)
class Route:
    """Where a webhook item belongs."""

    tenant_id: UUID
    channel_id: UUID


@dataclass(slots=True, frozen=True)
class Routes:
    """Where events of numbers go."""

    proved: Mapping[str, Route]
    """Of channels whose right to the number is proved: these get what the installation's app is sent."""
    of_tenants: Mapping[tuple[UUID, str], Route]
    """Of all channels: a tenant's own app speaks for that tenant's, proved or not."""
    claimed: frozenset[str]
    """Numbers that somebody has typed in and not proved."""


_ROUTES = text("""
SELECT phone_number_id, tenant_id, id, number_unproved_since IS NULL AS is_proved FROM channels
WHERE phone_number_id = ANY(:ids) AND disconnected_at IS NULL
""")


def routes(connection: Connection, phone_number_ids: Sequence[str]) -> Routes:
    """Return where events of phone number ids go; unknown ids are missing from the answer."""
    rows = connection.execute(_ROUTES, {"ids": list(phone_number_ids)}).all()
    return Routes(
        proved={row.phone_number_id: Route(row.tenant_id, row.id) for row in rows if row.is_proved},
        of_tenants={(row.tenant_id, row.phone_number_id): Route(row.tenant_id, row.id) for row in rows},
        claimed=frozenset(row.phone_number_id for row in rows if not row.is_proved),
    )


_WABA_TENANTS = text("""
SELECT waba_id, (array_agg(tenant_id ORDER BY created_at))[1] AS tenant_id
FROM channels WHERE waba_id = ANY(:ids) AND disconnected_at IS NULL AND waba_unproved_since IS NULL GROUP BY waba_id
""")


def waba_tenants(connection: Connection, waba_ids: Sequence[str]) -> dict[str, UUID]:
    """Return the tenant of each WABA that a tenant proved to be its own."""
    rows = connection.execute(_WABA_TENANTS, {"ids": list(waba_ids)})
    return {row.waba_id: row.tenant_id for row in rows}


_OWNER = text("SELECT id FROM tenants ORDER BY created_at, id LIMIT 1")


def owner_tenant(connection: Connection) -> UUID:
    """Return the installation's first tenant: it sees what belongs to nobody else."""
    owner: UUID = connection.execute(_OWNER).scalar_one()
    return owner


@dataclass(slots=True, frozen=True)
class SendingChannel:
    """The channel that a tenant sends from."""

    id: UUID
    phone_number_id: str
    is_active: bool
    is_gateway: bool
    """A session of a WhatsApp Web gateway: it has no templates and no service window."""


_CHANNELS = """
SELECT id, phone_number_id, is_active, EXISTS (SELECT FROM gateway_sources g WHERE g.channel_id = c.id) AS is_gateway
FROM channels c WHERE tenant_id = :tenant_id AND disconnected_at IS NULL
"""
_SENDING = text(f"{_CHANNELS} ORDER BY is_active DESC, is_gateway, created_at, id LIMIT 1")
_NAMED = text(f"{_CHANNELS} AND id = :id")


def sending_channel(connection: Connection, tenant_id: UUID) -> SendingChannel | None:
    """Return the tenant's channel for sends, an active one first, Meta's first; None when it has none."""
    row = connection.execute(_SENDING, {"tenant_id": tenant_id}).first()
    return SendingChannel(*row) if row else None


def named_channel(connection: Connection, tenant_id: UUID, channel_id: UUID) -> SendingChannel | None:
    """Return the tenant's channel of this id; None when it has none such."""
    row = connection.execute(_NAMED, {"tenant_id": tenant_id, "id": channel_id}).first()
    return SendingChannel(*row) if row else None


@dataclass(slots=True, frozen=True)
class Pause:
    """Why a channel does not send."""

    phone_number_id: str
    code: int | None


_PAUSED = text(
    "SELECT phone_number_id, paused_code FROM channels "
    "WHERE paused_at IS NOT NULL AND is_active AND number_unproved_since IS NULL ORDER BY phone_number_id"
)


def paused_channels(connection: Connection) -> list[Pause]:
    """Return the paused channels of all tenants, for the metrics."""
    return [Pause(*row) for row in connection.execute(_PAUSED)]


@dataclass(slots=True, frozen=True)
class WabaChannel:
    """A channel whose templates can be fetched."""

    id: UUID
    tenant_id: UUID
    waba_id: str
    access_token: str
    """Encrypted."""
    app_secret: str | None
    """Encrypted; of its own Meta app."""


_WITH_WABA = text(f"""
SELECT c.id, c.tenant_id, c.waba_id, c.access_token, {OWN_APP_SECRET}
FROM channels c WHERE c.is_active AND c.waba_id IS NOT NULL ORDER BY c.id
""")


def with_waba(connection: Connection) -> list[WabaChannel]:
    """Return the active channels with a WABA."""
    return [WabaChannel(*row) for row in connection.execute(_WITH_WABA)]


_WITHOUT_TEMPLATES = text(f"""
SELECT c.id, c.tenant_id, c.waba_id, c.access_token, {OWN_APP_SECRET}
FROM channels c WHERE c.is_active AND c.waba_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM templates t WHERE t.channel_id = c.id)
ORDER BY c.id
""")


def without_templates(connection: Connection) -> list[WabaChannel]:
    """Return the active channels with a WABA of which no template is known."""
    return [WabaChannel(*row) for row in connection.execute(_WITHOUT_TEMPLATES)]
