"""The webhook inbox: what arrived, byte for byte, and the narrow queue of what is not processed yet."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class InboxRow(Base):
    """One POST as it came. Append-only and partitioned by day: retention drops a partition."""

    __tablename__ = "inbox"
    __table_args__ = ({"postgresql_partition_by": "RANGE (received_at)"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.clock_timestamp())
    body: Mapped[bytes] = mapped_column(LargeBinary)
    app_secret_id: Mapped[UUID | None]
    """The app secret that signed it; null: accepted unsigned (development only), or put there by us."""
    event_id: Mapped[UUID | None]
    """Set when this row replays an event."""
    secret_index: Mapped[int | None]
    """Written by web processes of the release before alone, read by nobody; the next release drops it."""


class InboxQueueRow(Base):
    """An inbox row that waits to be processed. Apart from the inbox, so that claiming never rewrites a body."""

    __tablename__ = "inbox_queue"
    __table_args__ = (Index("inbox_queue_due", "due_at"),)

    inbox_id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    size: Mapped[int]
    """Bytes of the body, so that a claim can be bounded without reading it."""


class Event(Base):
    """A webhook item that is neither a message nor a receipt, or one that could not be processed."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("tenant_id", "digest", name="events_once"),
        Index("events_by_state", "tenant_id", "state", "id"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    inbox_id: Mapped[UUID | None]
    inbox_received_at: Mapped[datetime | None]
    waba_id: Mapped[str | None]
    phone_number_id: Mapped[str | None]
    field: Mapped[str | None]
    kind: Mapped[str]
    state: Mapped[str]
    """stored | unhandled | failed | replayed"""
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    at: Mapped[datetime | None]
    envelope: Mapped[dict[str, Any] | None]
    """A webhook payload with this item alone, for the replay; null: replay the inbox row."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    replays: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
