"""Conversations: threads of one of our numbers with one contact or group, their notes and texts at hand."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class Conversation(Base):
    """A thread. No index mentions what every message changes but the time of the list."""

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="conversations_state"),
        CheckConstraint("(contact_id IS NULL) <> (group_id IS NULL)", name="conversations_with"),
        UniqueConstraint("channel_id", "contact_id", name="conversations_contact"),
        UniqueConstraint("channel_id", "group_id", name="conversations_group"),
        Index("conversations_by_contact", "contact_id"),
        Index("conversations_due_read", "id", postgresql_where=text("due_read_wamid IS NOT NULL")),
        Index("conversations_newest", "tenant_id", "last_message_at", "id"),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"))
    group_id: Mapped[str | None]
    """A WhatsApp group; it has no window and nobody is answered by rule there."""
    state: Mapped[str] = mapped_column(server_default="open")
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    unread: Mapped[int] = mapped_column(server_default="0")
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'::text[]"))
    window_closes_at: Mapped[datetime | None]
    last_message_at: Mapped[datetime]
    due_read_wamid: Mapped[str | None]
    """What Meta is to be told was read."""
    due_typing: Mapped[bool] = mapped_column(server_default="false")
    closed_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class ConversationNote(Base):
    """A remark among colleagues; the customer never sees it."""

    __tablename__ = "conversation_notes"
    __table_args__ = (Index("conversation_notes_by_conversation", "conversation_id", "id"),)

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    author: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[CreatedAt]


class CannedResponse(Base):
    """A text that people send often, found by its shortcut."""

    __tablename__ = "canned_responses"
    __table_args__ = (UniqueConstraint("tenant_id", "shortcut", name="canned_responses_shortcut"),)

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    shortcut: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class ConversationSettings(Base):
    """How a tenant's conversations are run."""

    __tablename__ = "conversation_settings"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{es,en}'::text[]"))
    """Whose STOP and START words count."""
    stop_words: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'::text[]"))
    start_words: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'::text[]"))
    stop_confirmation: Mapped[str | None]
    """What who wrote STOP is answered; null: nothing."""
    start_confirmation: Mapped[str | None]
    time_zone: Mapped[str | None]
    business_hours: Mapped[dict[str, Any] | None]
    """Weekday → pairs of times; null: always."""
    messages_days: Mapped[int | None]
    """How long the content of messages is kept; null: for good."""
    media_days: Mapped[int | None]
    """How long files are kept; null: as long as their messages."""
    events_days: Mapped[int | None]
    """How long webhook items are kept that are neither messages nor receipts; null: for good."""
    cleared_to: Mapped[UUID | None]
    """The content of messages up to this id was looked at (db.queries.retention)."""
    looked_through_at: Mapped[datetime | None]
    """When that began at the first message."""
    updated_at: Mapped[CreatedAt]
