"""Contacts: the people at the other end."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from db.models.base import Base, CreatedAt, Id, TenantId


class Contact(Base):
    """A person, known by phone number, BSUID or both; marked when Meta says that messages do not arrive."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "phone", name="contacts_phone"),
        UniqueConstraint("tenant_id", "bsuid", name="contacts_bsuid"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    phone: Mapped[str | None]
    bsuid: Mapped[str | None]
    unreachable_at: Mapped[datetime | None]
    unreachable_code: Mapped[int | None]
    unreachable_reason: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
