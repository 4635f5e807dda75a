"""What is known of a channel's credentials, app secrets of its own, and which secret signed a webhook."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

MOMENT = sa.DateTime(timezone=True)

COLUMNS: dict[str, Any] = {
    "name": sa.Text(),
    "verify_token": sa.Text(),
    "webhook_verified_at": MOMENT,
    "webhook_refused_at": MOMENT,
    "last_event_at": MOMENT,
    "disconnected_at": MOMENT,
    "token_checked_at": MOMENT,
    "token_is_valid": sa.Boolean(),
    "token_expires_at": MOMENT,
    "token_data_access_expires_at": MOMENT,
    "token_scopes": postgresql.ARRAY(sa.Text()),
    "token_app_id": sa.Text(),
    "token_problem": sa.Text(),
    "quality_rating": sa.Text(),
    "verified_name": sa.Text(),
    "throughput_level": sa.Text(),
    "number_checked_at": MOMENT,
    "fields_subscribed": postgresql.ARRAY(sa.Text()),
}


def upgrade() -> None:
    """Apply."""
    for name, kind in COLUMNS.items():
        op.add_column("channels", sa.Column(name, kind, nullable=True))
    op.alter_column("channels", "access_token", nullable=True)
    op.drop_constraint("channels_phone_number_id_key", "channels")
    op.create_index(
        "channels_number",
        "channels",
        ["phone_number_id"],
        unique=True,
        postgresql_where=sa.text("disconnected_at IS NULL"),
    )
    op.create_index("channels_by_tenant", "channels", ["tenant_id"])
    op.create_table(
        "app_secrets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("is_from_environment", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel_id", "digest", name="app_secrets_once"),
    )
    op.add_column("inbox", sa.Column("app_secret_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Undo. A number could be there only once: those of disconnected channels are marked."""
    op.drop_column("inbox", "app_secret_id")
    op.drop_table("app_secrets")
    op.drop_index("channels_by_tenant", "channels")
    op.drop_index("channels_number", "channels")
    op.execute("""
        UPDATE channels c SET phone_number_id = c.phone_number_id || ' disconnected ' || c.id, access_token = ''
        WHERE c.disconnected_at IS NOT NULL
    """)
    op.create_unique_constraint("channels_phone_number_id_key", "channels", ["phone_number_id"])
    op.alter_column("channels", "access_token", nullable=False)
    for name in reversed(COLUMNS):
        op.drop_column("channels", name)
