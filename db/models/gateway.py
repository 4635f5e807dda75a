"""WhatsApp Web gateways: where each session lives, how it is, and how it came there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Double, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class GatewaySource(Base):
    """A registered session of a gateway. Its channel carries the gateway's key, its app secrets prove its webhooks."""

    __tablename__ = "gateway_sources"

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[TenantId]
    kind: Mapped[str]
    """gateways.kinds.Kind; no header and no body changes it."""
    session_id: Mapped[str] = mapped_column(unique=True)
    """The session's name at the gateway, and in the address of its webhook."""
    base_url: Mapped[str]
    proof: Mapped[str]
    """gateways.kinds.Proof."""
    user_id: Mapped[str | None]
    """Whose session it is in the founding system (S3.5)."""
    created_at: Mapped[CreatedAt]


class GatewaySession(Base):
    """How a session is now: what its events say in the order in which they happened."""

    __tablename__ = "gateway_sessions"

    channel_id: Mapped[UUID] = mapped_column(
        ForeignKey("gateway_sources.channel_id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[TenantId]
    status: Mapped[str] = mapped_column(server_default="initial")
    """gateways.state_machine.SessionState."""
    message: Mapped[str | None]
    phone: Mapped[str | None]
    """The connected number, E.164."""
    qr: Mapped[str | None]
    """Encrypted; it logs somebody in."""
    pairing_code: Mapped[str | None]
    """Encrypted."""
    qr_expires_at: Mapped[datetime | None]
    """Of QR and pairing code."""
    qr_wanted_at: Mapped[datetime | None]
    """The gateway said that there is a QR without telling it: to be fetched."""
    told_state: Mapped[str | None]
    """up | down: what the tenant was last told; null: never connected, or stopped by us."""
    usual_gap_seconds: Mapped[float | None] = mapped_column(Double)
    """Between two minutes in which something came; null: that was not twice yet."""
    silence_probed_at: Mapped[datetime | None]
    silence_told_at: Mapped[datetime | None]
    """Of the silence that lasts; null: something came since."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class SessionEvent(Base):
    """One signal of a session with its place in time, and the transition that it makes there."""

    __tablename__ = "session_events"
    __table_args__ = (
        UniqueConstraint("channel_id", "digest", name="session_events_once"),
        Index("session_events_in_order", "channel_id", "at", "arrived_at", "id"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("gateway_sources.channel_id", ondelete="CASCADE"))
    event: Mapped[str]
    """Its name at the gateway; "control" for what we asked for."""
    word: Mapped[str]
    """The state word it used: the reason of the transition."""
    state: Mapped[str]
    is_step: Mapped[bool]
    unless_after: Mapped[dict[str, Any]]
    message: Mapped[str]
    happened_at: Mapped[datetime | None]
    """By the gateway's clock, when it tells."""
    arrived_at: Mapped[datetime]
    at: Mapped[datetime]
    """Its place: when it happened, and never later than it arrived."""
    before: Mapped[str]
    after: Mapped[str]
    """Equal to `before`: it changed nothing."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the event's key: repeats are one event."""
