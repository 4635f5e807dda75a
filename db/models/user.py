"""People: users of a tenant, their invitations, and how often somebody tried to log in."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId

_ROLES = "role IN ('owner', 'operator', 'viewer')"


class User(Base):
    """A person of a tenant. `password_hash` (argon2id) is null until the invitation is accepted."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("login = lower(login)", name="users_login_lower"),
        CheckConstraint(_ROLES, name="users_role"),
        CheckConstraint("language IN ('en', 'es')", name="users_language"),
        Index("users_by_tenant", "tenant_id", "id"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    login: Mapped[str] = mapped_column(unique=True)
    """Unique in the installation: it alone tells the tenant when somebody logs in."""
    name: Mapped[str]
    password_hash: Mapped[str | None]
    role: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="en")
    is_active: Mapped[bool] = mapped_column(server_default="true")
    session_epoch: Mapped[int] = mapped_column(server_default="0")
    """Part of every session: counting it up ends them all."""
    failed_logins: Mapped[int] = mapped_column(server_default="0")
    """Since the last login, for people to see; what refuses is `login_throttle`, which also knows unknown logins."""
    locked_until: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class Invitation(Base):
    """A link that lets a person set the first password, or a new one; `digest` is SHA-256 of its token."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint(_ROLES, name="invitations_role"),
        CheckConstraint("purpose IN ('invitation', 'reset')", name="invitations_purpose"),
        Index("invitations_by_login", "tenant_id", "login"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    login: Mapped[str]
    role: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="invitation")
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    invited_by: Mapped[str]
    created_at: Mapped[CreatedAt]


class LoginThrottle(Base):
    """Attempts to log in as one login or from one address, in a window that ends by itself."""

    __tablename__ = "login_throttle"
    __table_args__ = (Index("login_throttle_by_end", "ends_at"),)

    subject: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """A digest: people type passwords where the login belongs."""
    attempts: Mapped[int]
    ends_at: Mapped[datetime]
