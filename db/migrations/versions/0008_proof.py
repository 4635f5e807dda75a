"""Whose number is it: a number and an account that a tenant has only typed in are nobody's until Meta confirms them.

`inbox.secret_index` stays for this release, as web processes of the one before write it until they are replaced; an
earlier form of 0006 dropped it, so it is put back where it is missing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

COLUMNS = ("number_unproved_since", "waba_unproved_since")


def upgrade() -> None:
    """Apply. Channels that are there came from whoever runs the installation: they count as proved."""
    op.execute("ALTER TABLE inbox ADD COLUMN IF NOT EXISTS secret_index integer")
    for name in COLUMNS:
        op.add_column("channels", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.drop_index("channels_number", "channels")
    op.create_index(
        "channels_number",
        "channels",
        ["phone_number_id"],
        unique=True,
        postgresql_where=sa.text("disconnected_at IS NULL AND number_unproved_since IS NULL"),
    )
    op.create_index(
        "channels_number_of_tenant",
        "channels",
        ["tenant_id", "phone_number_id"],
        unique=True,
        postgresql_where=sa.text("disconnected_at IS NULL"),
    )


def downgrade() -> None:
    """Undo. A number could be claimed by several: claims that were never proved are given up."""
    op.execute("""
        UPDATE channels SET disconnected_at = now(), is_active = false, access_token = NULL, verify_token = NULL
        WHERE disconnected_at IS NULL AND number_unproved_since IS NOT NULL
    """)
    op.drop_index("channels_number_of_tenant", "channels")
    op.drop_index("channels_number", "channels")
    op.create_index(
        "channels_number",
        "channels",
        ["phone_number_id"],
        unique=True,
        postgresql_where=sa.text("disconnected_at IS NULL"),
    )
    for name in reversed(COLUMNS):
        op.drop_column("channels", name)
