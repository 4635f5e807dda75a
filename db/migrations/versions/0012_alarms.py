"""Alarms about sessions, the address that each tenant is told them at, and how long a session is usually silent.

Also how many sessions a tenant's plan allows.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
WATCHED: dict[str, Any] = {
    "told_state": sa.Text(),
    "usual_gap_seconds": sa.Double(),
    "silence_probed_at": MOMENT,
    "silence_told_at": MOMENT,
}


def upgrade() -> None:
    """Apply. A session that is connected now is told of when it is lost."""
    for name, kind in WATCHED.items():
        op.add_column("gateway_sessions", sa.Column(name, kind, nullable=True))
    op.execute("UPDATE gateway_sessions SET told_state = 'up' WHERE status = 'session_connected'")
    op.create_table(
        "callback_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id"),
    )
    op.create_table(
        "alarms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("delivery IN ('none', 'waiting', 'delivered', 'failed')", name="alarms_delivery"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("tenants", sa.Column("sessions_allowed", sa.Integer(), nullable=True))
    op.create_index("alarms_by_tenant", "alarms", ["tenant_id", "id"])
    op.create_index("alarms_due", "alarms", ["due_at"], postgresql_where=sa.text("delivery = 'waiting'"))


def downgrade() -> None:
    """Undo."""
    op.drop_column("tenants", "sessions_allowed")
    op.drop_table("alarms")
    op.drop_table("callback_endpoints")
    for name in reversed(WATCHED):
        op.drop_column("gateway_sessions", name)
