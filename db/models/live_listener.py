"""Who listens live: tickets that let a browser in, and who is connected."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, TenantId


class LiveTicket(Base):
    """A ticket that opens one connection soon; stored hashed, taken away when it is used."""

    __tablename__ = "live_tickets"
    __table_args__ = (Index("live_tickets_expired", "expires_at"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tenant_id: Mapped[TenantId]
    user_id: Mapped[str]
    """The name that the business system gave the listener."""
    api_key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"))
    """With which it was asked for: what it opens ends with the key. null: of the release before, opens nothing."""
    expires_at: Mapped[datetime]


class LivePresence(Base):
    """A tenant's listeners at one process. What was not seen lately belongs to a process that is gone."""

    __tablename__ = "live_presences"
    __table_args__ = (Index("live_presences_by_tenant", "tenant_id"),)

    process_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    users: Mapped[dict[str, Any]]
    """user → {connections, since}"""
    seen_at: Mapped[CreatedAt]
