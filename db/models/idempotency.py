"""First answers to idempotent requests."""

from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, TenantId


class IdempotencyKey(Base):
    """An Idempotency-Key with the digest of its request and the answer that was given."""

    __tablename__ = "idempotency_keys"

    tenant_id: Mapped[TenantId] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]
