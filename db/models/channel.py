"""Channels: WhatsApp numbers that a tenant sends from and receives on."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Double, ForeignKey, Index, LargeBinary, Numeric, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class Channel(Base):
    """A business phone number at Meta with its credentials; tokens are encrypted (db.encryption)."""

    __tablename__ = "channels"
    __table_args__ = (
        Index(
            "channels_number",
            "phone_number_id",
            unique=True,
            postgresql_where=text("disconnected_at IS NULL AND number_unproved_since IS NULL"),
        ),
        Index(
            "channels_number_of_tenant",
            "tenant_id",
            "phone_number_id",
            unique=True,
            postgresql_where=text("disconnected_at IS NULL"),
        ),
        Index("channels_by_tenant", "tenant_id"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    name: Mapped[str | None]
    """The tenant's own name for it."""
    phone_number_id: Mapped[str]
    """One connected channel a number, among those that proved it."""
    number_unproved_since: Mapped[datetime | None]
    """Somebody typed the number in, and no token of theirs has read it at Meta yet; null: proved, or vouched for."""
    waba_id: Mapped[str | None] = mapped_column(index=True)
    waba_unproved_since: Mapped[datetime | None]
    """The same of the account: null once Meta listed the number among the account's."""
    display_phone_number: Mapped[str | None]
    access_token: Mapped[str | None]
    """Null: disconnected."""
    environment_token_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Digest of the last WHATSAPP_ACCESS_TOKEN from the environment: only a changed variable overwrites a token."""
    verify_token: Mapped[str | None]
    """Encrypted; of the channel's own webhook."""
    webhook_verified_at: Mapped[datetime | None]
    """When Meta's verification GET last succeeded."""
    webhook_refused_at: Mapped[datetime | None]
    """When a webhook at its address was last refused for its signature, within a minute."""
    last_event_at: Mapped[datetime | None]
    """When a webhook last brought something for the number, within a minute."""
    is_active: Mapped[bool] = mapped_column(server_default="true")
    disconnected_at: Mapped[datetime | None]
    """Its credentials are erased and its number is free; its messages stay."""
    token_checked_at: Mapped[datetime | None]
    token_is_valid: Mapped[bool | None]
    token_expires_at: Mapped[datetime | None]
    """Null with a check: never."""
    token_data_access_expires_at: Mapped[datetime | None]
    token_scopes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    token_app_id: Mapped[str | None]
    token_problem: Mapped[str | None]
    """What stood in the way of the last check, in plain words."""
    quality_rating: Mapped[str | None]
    verified_name: Mapped[str | None]
    throughput_level: Mapped[str | None]
    number_checked_at: Mapped[datetime | None]
    fields_subscribed: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
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


class ChannelCheck(Base):
    """What the last check of a kind came to (checks.result.CheckResult)."""

    __tablename__ = "channel_checks"

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[TenantId]
    state: Mapped[str]
    detail: Mapped[dict[str, Any]]
    """A sentence that can still be said in other languages (messaging.sentences.packed)."""
    advice: Mapped[dict[str, Any]]
    checked_at: Mapped[datetime] = mapped_column(server_default=func.now())


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
