"""Messages in both directions, the queue of those to be sent, their attempts and receipts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId
from messaging.ladder import MESSAGE_STATUSES

_STATUS_LIST = ", ".join(f"'{status}'" for status in MESSAGE_STATUSES)


class Message(Base):
    """A message. No index mentions `status`, so that a receipt's update stays within its page (HOT)."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint(f"status IN ({_STATUS_LIST})", name="messages_status"),
        CheckConstraint("direction IN ('inbound', 'outbound')", name="messages_direction"),
        Index("messages_wamid", "channel_id", "wamid", unique=True, postgresql_where=text("wamid IS NOT NULL")),
        Index("messages_by_tenant", "tenant_id", "id"),
        Index("messages_by_contact", "tenant_id", "contact_phone", "id"),
        Index(
            "messages_by_reference",
            "tenant_id",
            "client_reference",
            "id",
            postgresql_where=text("client_reference IS NOT NULL"),
        ),
        Index(
            "messages_by_conversation",
            "conversation_id",
            "id",
            postgresql_where=text("conversation_id IS NOT NULL"),
        ),
        Index(
            "messages_about_others",
            "channel_id",
            "context_wamid",
            postgresql_where=text("type IN ('reaction', 'edit', 'revoke')"),
        ),
        Index("messages_failed", "tenant_id", "id", postgresql_where=text("failed_at IS NOT NULL")),
        Index(
            "messages_once_per_document",
            "document_id",
            "step",
            "contact_phone",
            unique=True,
            postgresql_where=text("document_id IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    direction: Mapped[str]
    type: Mapped[str]
    status: Mapped[str]
    wamid: Mapped[str | None]
    contact_phone: Mapped[str | None]
    contact_bsuid: Mapped[str | None]
    contact_name: Mapped[str | None]
    group_id: Mapped[str | None]
    text: Mapped[str | None]
    content: Mapped[dict[str, Any]]
    """Outbound: type and body as sent to Meta, without addressee. Inbound: the item as Meta sent it."""
    context_wamid: Mapped[str | None]
    client_reference: Mapped[str | None]
    request_id: Mapped[str | None]
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"))
    source: Mapped[str | None]
    """echo: sent from the phone app; history: imported; auto_reply: sent by a rule; null: a customer, or the API."""
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    step: Mapped[str | None]
    attempt: Mapped[int] = mapped_column(server_default="0")
    """Number of the latest attempt; it travels in biz_opaque_callback_data."""
    attempts_spent: Mapped[int] = mapped_column(server_default="0")
    postponed: Mapped[int] = mapped_column(server_default="0")
    """Attempts in a row that a rate limit put off; nothing else uses up the message's patience."""
    """Attempts that count against the budget: rate limits and channel problems do not."""
    closed_attempt: Mapped[int] = mapped_column(server_default="0")
    """Attempts up to this one failed for good before a person had the message sent again: of these, only evidence of
    delivery still counts, else a late `sent` would bury the resend."""
    unknown_resends: Mapped[int] = mapped_column(server_default="0")
    """How often silence had the message sent again by itself."""
    scheduled_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    played_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    error_code: Mapped[int | None]
    error_title: Mapped[str | None]
    error_detail: Mapped[str | None]
    anomaly: Mapped[str | None]
    """delivered_after_failed | failed_after_delivered | sent_twice: kept for a person to look at."""
    pricing: Mapped[dict[str, Any] | None]
    conversation: Mapped[dict[str, Any] | None]
    cleared_at: Mapped[datetime | None]
    """When its content was deleted, as its time was over or on request; times, statuses and who it was to stay."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class OutboxRow(Base):
    """A message that is not known to be accepted yet: waiting, claimed by a worker, or of unknown outcome."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'claimed', 'unknown', 'held')", name="outbox_state"),
        Index("outbox_due", "channel_id", "due_at", "message_id", postgresql_where=text("state = 'waiting'")),
        Index("outbox_lease", "due_at", postgresql_where=text("state <> 'waiting'")),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[TenantId]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    state: Mapped[str]
    recipient: Mapped[str]
    """Phone number or BSUID, for the pair's pace."""
    template_name: Mapped[str | None]
    template_language: Mapped[str | None]
    due_at: Mapped[datetime]
    """waiting: not before; claimed: end of the lease; unknown: when it is looked at again; held: nothing."""


class Attempt(Base):
    """One call to the Graph API for a message, written before the call and closed after it."""

    __tablename__ = "attempts"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[TenantId]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(server_default="running")
    """running | accepted | held | retry | paused | failed | unknown | settled"""
    wamid: Mapped[str | None]
    http_status: Mapped[int | None]
    error_code: Mapped[int | None]
    error_title: Mapped[str | None]
    error_detail: Mapped[str | None]
    fbtrace_id: Mapped[str | None]


class Receipt(Base):
    """A status that Meta reported, each kept once. Partitioned by Meta's own time, which its retries repeat."""

    __tablename__ = "receipts"
    __table_args__ = (
        Index("receipts_by_message", "message_id"),
        Index("receipts_unmatched", "channel_id", "wamid", postgresql_where=text("message_id IS NULL")),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    channel_id: Mapped[UUID] = mapped_column(primary_key=True)
    wamid: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(primary_key=True, server_default="")
    at: Mapped[datetime] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    message_id: Mapped[UUID | None]
    attempt: Mapped[int | None]
    raw: Mapped[dict[str, Any]]
