"""The audit log: who changed what."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Id, TenantId


class AuditLine(Base):
    """One act of a person or of a rule on their behalf; never holds a secret, a body or a phone number."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("audit_log_by_tenant", "tenant_id", "id"),)

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    """Such as "key:bootstrap" or "rule:unknown"."""
    action: Mapped[str]
    target: Mapped[str]
    details: Mapped[dict[str, Any]]
