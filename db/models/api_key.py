"""API keys, stored as digests."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class ApiKey(Base):
    """A key of a tenant; `digest` is SHA-256 (keys are random and long, so no slow hash is needed)."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("api_keys_by_tenant", "tenant_id", "id"),)

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    name: Mapped[str]
    prefix: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str | None]
    """As in the audit log: "user:ana", "cli"; null: older than this column, or of the first start."""
    last_used_at: Mapped[datetime | None]
    """Exact to a minute."""
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
