"""Contacts looked up in the tenant's own system (CRM): where it is asked, and what it answered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class LookupEndpoint(Base):
    """Where a tenant's system is asked who somebody is."""

    __tablename__ = "lookup_endpoints"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    url: Mapped[str]
    secret: Mapped[str]
    """Encrypted; signs what is posted there."""
    new_from: Mapped[UUID]
    """Contacts with this id and above may not have been put on the list yet; those below are, or are older than the
    address."""
    created_at: Mapped[CreatedAt]


class ContactLookup(Base):
    """One question and its answer, kept for good: a contact is asked about once."""

    __tablename__ = "contact_lookups"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'answered', 'unknown', 'failed')", name="contact_lookups_state"),
        Index("contact_lookups_due", "tenant_id", "due_at", postgresql_where=text("state = 'waiting'")),
    )

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[TenantId]
    state: Mapped[str] = mapped_column(server_default="waiting")
    """unknown: the tenant's system has nobody like that; failed: asked as often as makes sense."""
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime | None]
    answer: Mapped[dict[str, Any] | None]
    problem: Mapped[str | None]
    """Why the last attempt brought no answer."""
    answered_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
