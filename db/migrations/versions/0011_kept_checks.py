"""What the checks of a connection came to, kept with its time; links that let a person set a new password."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

SENTENCE = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "channel_checks",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", SENTENCE, nullable=False),
        sa.Column("advice", SENTENCE, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("channel_id", "name"),
    )
    op.add_column("invitations", sa.Column("purpose", sa.Text(), server_default="invitation", nullable=False))
    op.create_check_constraint("invitations_purpose", "invitations", "purpose IN ('invitation', 'reset')")


def downgrade() -> None:
    """Undo. Links that set a new password would become invitations: they are given up."""
    op.execute("DELETE FROM invitations WHERE purpose = 'reset'")
    op.drop_constraint("invitations_purpose", "invitations")
    op.drop_column("invitations", "purpose")
    op.drop_table("channel_checks")
