"""App secrets of Meta apps: they sign webhooks and prove our calls."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, TenantId


class AppSecret(Base):
    """A secret of the installation's Meta app (from the environment), or of the app that a channel brings along.

    Several at a time while one is being rotated. A row is never deleted: inbox rows name it, and only it tells for
    which tenant their sender may speak.
    """

    __tablename__ = "app_secrets"
    __table_args__ = (UniqueConstraint("channel_id", "digest", name="app_secrets_once"),)

    id: Mapped[Id]
    tenant_id: Mapped[TenantId]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    """Null: of the installation's own app; its tenant is the installation's first."""
    secret: Mapped[str | None]
    """Encrypted (db.encryption); null: retired."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the secret, so that the same one is not kept twice."""
    is_from_environment: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[datetime | None]
    """When it last signed a webhook, within a minute: an old one that signs no more can be dropped."""
    retired_at: Mapped[datetime | None]
