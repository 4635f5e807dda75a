"""What the environment said last of a document's template: only a changed variable overwrites what a person mapped."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    op.add_column("document_templates", sa.Column("environment", sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("document_templates", "environment")
