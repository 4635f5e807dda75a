"""How often a message was postponed in a row by rate limits: what waited for anything else spends no patience."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.add_column("messages", sa.Column("postponed", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_column("messages", "postponed")
