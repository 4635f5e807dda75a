"""Channels: WhatsApp numbers that a tenant sends from and receives on."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Double, ForeignKey, LargeBinary, Numeric, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class Channel(Base):
    """A business phone number at Meta with its credentials. `access_token` is encrypted (db.encryption)."""

    __tablename__ = "channels"

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    phone_number_id: Mapped[str] = mapped_column(unique=True)
    waba_id: Mapped[str | None] = mapped_column(index=True)
    display_phone_number: Mapped[str | None]
    access_token: Mapped[str]
    environment_token_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Digest of the last WHATSAPP_ACCESS_TOKEN from the environment: only a changed variable overwrites a token."""
    is_active: Mapped[bool] = mapped_column(server_default="true")
    throughput_per_second: Mapped[Decimal] = mapped_column(Numeric(8, 2), server_default="80")
    paused_at: Mapped[datetime | None]
    paused_code: Mapped[int | None]
    paused_reason: Mapped[str | None]
    probe_at: Mapped[datetime | None]
    probes: Mapped[int] = mapped_column(server_default="0")
    """Probes since a send was last accepted; each doubles the wait for the next."""
    is_on_trial: Mapped[bool] = mapped_column(server_default="false")
    """Resumed, but no send was accepted yet: one message at a time."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class Pacing(Base):
    """Token bucket of a channel, shared by all workers: apart from `channels`, as it changes with every claim."""

    __tablename__ = "pacing"

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    tokens: Mapped[float] = mapped_column(Double, server_default="0")
    refilled_at: Mapped[datetime] = mapped_column(server_default=func.now())
    slowed_to: Mapped[float | None] = mapped_column(Double)
    """Messages a second while Meta says 130429; null: the channel's own throughput."""
    blocked_until: Mapped[datetime | None]
    """Nothing is claimed before: a rate limit of the number, its WABA or the app."""


class PairPacing(Base):
    """What a channel has sent to one recipient, as a debt that is paid off at Meta's pair rate."""

    __tablename__ = "pair_pacing"

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)
    paid_until: Mapped[datetime]


class TemplateHold(Base):
    """A template that Meta refuses: its messages wait, all others go on."""

    __tablename__ = "template_holds"

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[int | None]
    reason: Mapped[str]
    held_at: Mapped[datetime] = mapped_column(server_default=func.now())
