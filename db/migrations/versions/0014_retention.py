"""How long each tenant keeps what was written and what came, and which messages have lost their content."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply. Until somebody says otherwise everything is kept, as before."""
    for name in ("messages_days", "events_days"):
        op.add_column("conversation_settings", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("conversation_settings", sa.Column("cleared_to", sa.Uuid(), nullable=True))
    op.add_column("conversation_settings", sa.Column("looked_through_at", MOMENT, nullable=True))
    op.add_column("messages", sa.Column("cleared_at", MOMENT, nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("messages", "cleared_at")
    for name in ("looked_through_at", "cleared_to", "events_days", "messages_days"):
        op.drop_column("conversation_settings", name)
