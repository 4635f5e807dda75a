"""Automatic answers: the rules, and whom each answered when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class AutoReplyRule(Base):
    """A rule of messaging.auto_reply with its answer."""

    __tablename__ = "auto_reply_rules"
    __table_args__ = (
        CheckConstraint("match IN ('equals', 'contains', 'starts_with', 'regex')", name="auto_reply_rules_match"),
        CheckConstraint(
            "during IN ('always', 'business_hours', 'outside_business_hours')", name="auto_reply_rules_during"
        ),
        Index("auto_reply_rules_by_tenant", "tenant_id", "position", "id"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    position: Mapped[int]
    name: Mapped[str]
    match: Mapped[str]
    pattern: Mapped[str]
    answer: Mapped[str]
    once_per_seconds: Mapped[int] = mapped_column(server_default="0")
    during: Mapped[str] = mapped_column(server_default="always")
    is_active: Mapped[bool] = mapped_column(server_default="true")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class AutoReply(Base):
    """When a rule last answered a contact."""

    __tablename__ = "auto_replies"

    rule_id: Mapped[UUID] = mapped_column(ForeignKey("auto_reply_rules.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[TenantId]
    answered_at: Mapped[datetime]
