"""Alarms: what a tenant is told at once, and where."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class CallbackEndpoint(Base):
    """Where a tenant's system takes alarms."""

    __tablename__ = "callback_endpoints"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    url: Mapped[str]
    secret: Mapped[str]
    """Encrypted; signs what is posted there."""
    created_at: Mapped[CreatedAt]


class Alarm(Base):
    """Something that a person should know now."""

    __tablename__ = "alarms"
    __table_args__ = (
        CheckConstraint("delivery IN ('none', 'waiting', 'delivered', 'failed')", name="alarms_delivery"),
        Index("alarms_by_tenant", "tenant_id", "id"),
        Index("alarms_due", "due_at", postgresql_where=text("delivery = 'waiting'")),
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    kind: Mapped[str]
    """messaging.alarms.AlarmKind."""
    target: Mapped[str]
    """What it is about, such as a session's name."""
    details: Mapped[dict[str, Any]]
    delivery: Mapped[str]
    """none: the tenant had no endpoint; failed: tried as often as makes sense."""
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime | None]
    http_status: Mapped[int | None]
    problem: Mapped[str | None]
    """Why the last attempt brought no answer."""
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
