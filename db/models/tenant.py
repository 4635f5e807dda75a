"""Tenants: the businesses that use this installation."""

from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id


class Tenant(Base):
    """A business; every row of every other table belongs to one."""

    __tablename__ = "tenants"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default="true")
    """Switched off: its keys are refused and its people cannot log in."""
    sessions_allowed: Mapped[int | None]
    """How many gateway sessions it may register: its plan's; null: any number."""
    created_at: Mapped[CreatedAt]
