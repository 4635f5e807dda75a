"""The API key that a ticket was asked for with: what it opens ends with the key."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Apply. Tickets of the release before name no key; they open nothing, and a page asks for another one."""
    op.add_column("live_tickets", sa.Column("api_key_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "live_tickets_api_key_id_fkey", "live_tickets", "api_keys", ["api_key_id"], ["id"], ondelete="CASCADE"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_column("live_tickets", "api_key_id")
