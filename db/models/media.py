"""Files: those that customers sent, fetched by the queue `media`, and those that we send."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class MediaFile(Base):
    """A file. `waiting`: to be fetched at `due_at`; `stored`: under `path`; `failed`: given up, `reason` says why;
    `deleted`: its time was over."""

    __tablename__ = "media_files"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'stored', 'failed', 'deleted')", name="media_files_state"),
        Index("media_files_due", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("media_files_by_message", "message_id"),
        Index("media_files_stored", "tenant_id", "stored_at", postgresql_where=text("state = 'stored'")),
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    """null: uploaded here to be sent."""
    state: Mapped[str]
    type: Mapped[str]
    """image | video | audio | document | sticker"""
    meta_id: Mapped[str | None]
    """At Meta: seven days for what came, thirty for what was uploaded."""
    meta_id_expires_at: Mapped[datetime | None]
    mime_type: Mapped[str | None]
    """As the sender said."""
    served_type: Mapped[str | None]
    """As the bytes say; what browsers are told."""
    filename: Mapped[str | None]
    sha256: Mapped[str | None]
    """Hexadecimal; while waiting as the webhook said it."""
    size: Mapped[int | None] = mapped_column(BigInteger)
    path: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    stored_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
