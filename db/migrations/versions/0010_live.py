"""Who listens live: tickets that let a browser in, and who is connected to which process."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "live_tickets",
        sa.Column("digest", sa.LargeBinary(), nullable=False, primary_key=True),
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("live_tickets_expired", "live_tickets", ["expires_at"])
    op.create_table(
        "live_presences",
        sa.Column("process_id", sa.Uuid(), nullable=False, primary_key=True),
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenants.id"), nullable=False, primary_key=True),
        sa.Column("users", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.create_index("live_presences_by_tenant", "live_presences", ["tenant_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("live_presences")
    op.drop_table("live_tickets")
