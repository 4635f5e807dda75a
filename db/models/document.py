"""Invoices and quotes, and which template carries which kind."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class Document(Base):
    """An invoice or quote that was asked to be delivered; its number is unique within tenant and kind."""

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("tenant_id", "kind", "number", name="documents_number"),)

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    kind: Mapped[str]
    number: Mapped[str]
    customer_name: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    currency: Mapped[str]
    period: Mapped[str | None]
    due_date: Mapped[date | None]
    valid_until: Mapped[date | None]
    link: Mapped[str | None]
    document_url: Mapped[str | None]
    created_at: Mapped[CreatedAt]


class DocumentTemplate(Base):
    """Which approved template carries a document kind and step, and the order of its body parameters."""

    __tablename__ = "document_templates"
    __table_args__ = (UniqueConstraint("tenant_id", "kind", "step", name="document_templates_kind"),)

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    kind: Mapped[str]
    step: Mapped[str]
    name: Mapped[str]
    language: Mapped[str]
    parameters: Mapped[list[str]] = mapped_column(ARRAY(Text))
    environment: Mapped[str | None]
    """Name and language as the environment last gave them: only a changed variable overwrites what a person mapped."""


class Template(Base):
    """A template of a WABA as Meta last told it."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("channel_id", "name", "language", name="templates_name"),)

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    name: Mapped[str]
    language: Mapped[str]
    status: Mapped[str]
    category: Mapped[str | None]
    definition: Mapped[dict[str, Any]]
    synced_at: Mapped[CreatedAt]
