"""Contacts: the people at the other end, and what they want to get."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class Contact(Base):
    """A person, known by phone number, BSUID or both; marked when Meta says that messages do not arrive."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "phone_key", name="contacts_phone_key"),
        UniqueConstraint("tenant_id", "bsuid", name="contacts_bsuid"),
        UniqueConstraint("tenant_id", "lid", name="contacts_lid"),
        Index(
            "contacts_external_id",
            "tenant_id",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index("contacts_by_tenant", "tenant_id", "id"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    phone: Mapped[str | None]
    """E.164, in the form it was first met in: messages go there."""
    phone_key: Mapped[str | None]
    """messaging.identity.phone_key of it."""
    bsuid: Mapped[str | None]
    lid: Mapped[str | None]
    """WhatsApp Web's alias, digits@lid: all that a gateway may know of somebody."""
    name: Mapped[str | None]
    """As their WhatsApp profile says."""
    username: Mapped[str | None]
    display_name: Mapped[str | None]
    """As the business calls them."""
    external_id: Mapped[str | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    marketing_act: Mapped[str | None]
    """stop | start; null: they never said."""
    marketing_at: Mapped[datetime | None]
    utility_act: Mapped[str | None]
    utility_at: Mapped[datetime | None]
    last_wrote_at: Mapped[datetime | None]
    """When they last wrote anything but a STOP word."""
    unreachable_at: Mapped[datetime | None]
    unreachable_code: Mapped[int | None]
    unreachable_reason: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class ConsentChange(Base):
    """One word about what a contact wants to get, kept as the proof of it."""

    __tablename__ = "consent_changes"
    __table_args__ = (
        CheckConstraint("category IN ('marketing', 'utility')", name="consent_changes_category"),
        CheckConstraint("act IN ('stop', 'start')", name="consent_changes_act"),
        Index("consent_changes_by_contact", "tenant_id", "contact_id", "at"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    contact_id: Mapped[UUID]
    category: Mapped[str]
    act: Mapped[str]
    at: Mapped[datetime]
    source: Mapped[str]
    """word | preference | api"""
    created_at: Mapped[CreatedAt]
