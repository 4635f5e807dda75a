"""What reliability needs: holds, pair pacing, slowed and blocked numbers, marked contacts, the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.add_column("channels", sa.Column("probes", sa.Integer(), server_default="0", nullable=False))
    op.add_column("channels", sa.Column("is_on_trial", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("pacing", sa.Column("slowed_to", sa.Double(), nullable=True))
    op.add_column("pacing", sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("unknown_resends", sa.Integer(), server_default="0", nullable=False))
    _add_what_a_claim_reads_to_the_outbox()
    op.create_table(
        "pair_pacing",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("paid_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_id", "recipient"),
    )
    op.create_table(
        "template_holds",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_id", "name", "language"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("bsuid", sa.Text(), nullable=True),
        sa.Column("unreachable_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unreachable_code", sa.Integer(), nullable=True),
        sa.Column("unreachable_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "phone", name="contacts_phone"),
        sa.UniqueConstraint("tenant_id", "bsuid", name="contacts_bsuid"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_log_by_tenant", "audit_log", ["tenant_id", "id"])


def _add_what_a_claim_reads_to_the_outbox() -> None:
    op.add_column("outbox", sa.Column("recipient", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("template_name", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("template_language", sa.Text(), nullable=True))
    op.execute("""
        UPDATE outbox o SET recipient = coalesce(m.contact_phone, m.contact_bsuid, ''),
            template_name = m.content -> 'template' ->> 'name',
            template_language = m.content -> 'template' -> 'language' ->> 'code'
        FROM messages m WHERE m.id = o.message_id
    """)
    op.alter_column("outbox", "recipient", nullable=False)
    op.drop_constraint("outbox_state", "outbox")
    op.create_check_constraint("outbox_state", "outbox", "state IN ('waiting', 'claimed', 'unknown', 'held')")


def downgrade() -> None:
    """Undo."""
    op.execute("UPDATE outbox SET state = 'waiting' WHERE state = 'held'")
    op.drop_constraint("outbox_state", "outbox")
    op.create_check_constraint("outbox_state", "outbox", "state IN ('waiting', 'claimed', 'unknown')")
    for table in ("audit_log", "contacts", "template_holds", "pair_pacing"):
        op.drop_table(table)
    for table, column in (
        ("outbox", "template_language"),
        ("outbox", "template_name"),
        ("outbox", "recipient"),
        ("messages", "unknown_resends"),
        ("pacing", "blocked_until"),
        ("pacing", "slowed_to"),
        ("channels", "is_on_trial"),
        ("channels", "probes"),
    ):
        op.drop_column(table, column)
