"""Conversations: threads, contacts with consent, files, automatic answers, live events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from messaging.identity import phone_key

revision = "0009"
down_revision = "0008"

CONTACT_COLUMNS = (
    ("lid", sa.Text()),
    ("name", sa.Text()),
    ("username", sa.Text()),
    ("display_name", sa.Text()),
    ("external_id", sa.Text()),
    ("marketing_act", sa.Text()),
    ("marketing_at", sa.DateTime(timezone=True)),
    ("utility_act", sa.Text()),
    ("utility_at", sa.DateTime(timezone=True)),
    ("last_wrote_at", sa.DateTime(timezone=True)),
)
TABLES = (
    "live_sequences",
    "live_events",
    "media_files",
    "auto_replies",
    "auto_reply_rules",
    "consent_changes",
    "conversation_settings",
    "canned_responses",
    "conversation_notes",
    "conversations",
)


def upgrade() -> None:
    """Apply."""
    _extend_contacts()
    _create_conversations()
    _extend_messages()
    _create_texts_and_settings()
    _create_auto_replies()
    _create_media_files()
    _create_live_events()


def downgrade() -> None:
    """Undo."""
    op.drop_index("messages_about_others", "messages")
    op.drop_index("messages_by_conversation", "messages")
    op.drop_column("messages", "source")
    op.drop_column("messages", "conversation_id")
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP SEQUENCE live_event_ids")
    op.drop_index("contacts_by_tenant", "contacts")
    op.drop_index("contacts_external_id", "contacts")
    op.drop_constraint("contacts_phone_key", "contacts")
    op.drop_constraint("contacts_lid", "contacts")
    op.create_unique_constraint("contacts_phone", "contacts", ["tenant_id", "phone"])
    for name in ("attributes", "phone_key", *(name for name, _ in CONTACT_COLUMNS)):
        op.drop_column("contacts", name)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False, primary_key=True)


def _tenant() -> sa.Column[object]:
    return sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenants.id"), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _made(name: str = "created_at") -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _texts(name: str, default: str = "'{}'::text[]") -> sa.Column[object]:
    return sa.Column(name, postgresql.ARRAY(sa.Text()), server_default=sa.text(default), nullable=False)


def _extend_contacts() -> None:
    op.add_column("contacts", sa.Column("phone_key", sa.Text(), nullable=True))
    for name, kind in CONTACT_COLUMNS:
        op.add_column("contacts", sa.Column(name, kind, nullable=True))
    attributes = sa.Column(
        "attributes", postgresql.JSONB(none_as_null=True), server_default=sa.text("'{}'::jsonb"), nullable=False
    )
    op.add_column("contacts", attributes)
    _key_known_contacts()
    op.drop_constraint("contacts_phone", "contacts")
    op.create_unique_constraint("contacts_phone_key", "contacts", ["tenant_id", "phone_key"])
    op.create_unique_constraint("contacts_lid", "contacts", ["tenant_id", "lid"])
    op.create_index(
        "contacts_external_id",
        "contacts",
        ["tenant_id", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_index("contacts_by_tenant", "contacts", ["tenant_id", "id"])


def _key_known_contacts() -> None:
    """So far contacts are marks of unreachable numbers: of two forms of one number, one mark is enough."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, tenant_id, phone FROM contacts WHERE phone IS NOT NULL ORDER BY id"))
    taken = set()
    for contact_id, tenant_id, phone in rows.all():
        key = (tenant_id, phone_key(phone))
        if key in taken:
            connection.execute(sa.text("DELETE FROM contacts WHERE id = :id"), {"id": contact_id})
        else:
            taken.add(key)
            parameters = {"id": contact_id, "key": key[1]}
            connection.execute(sa.text("UPDATE contacts SET phone_key = :key WHERE id = :id"), parameters)


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        _id(),
        _tenant(),
        sa.Column("channel_id", sa.Uuid(), sa.ForeignKey("channels.id"), nullable=False),
        sa.Column("contact_id", sa.Uuid(), sa.ForeignKey("contacts.id"), nullable=True),
        _text("group_id", nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("assignee_id", sa.Uuid(), sa.ForeignKey("users.id", ondelete="SET NULL"), nullable=True),
        sa.Column("unread", sa.Integer(), server_default="0", nullable=False),
        _texts("labels"),
        _time("window_closes_at"),
        _time("last_message_at", nullable=False),
        _text("due_read_wamid", nullable=True),
        sa.Column("due_typing", sa.Boolean(), server_default="false", nullable=False),
        _time("closed_at"),
        _made(),
        _made("updated_at"),
        sa.CheckConstraint("state IN ('open', 'closed')", name="conversations_state"),
        sa.CheckConstraint("(contact_id IS NULL) <> (group_id IS NULL)", name="conversations_with"),
        sa.UniqueConstraint("channel_id", "contact_id", name="conversations_contact"),
        sa.UniqueConstraint("channel_id", "group_id", name="conversations_group"),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("conversations_by_contact", "conversations", ["contact_id"])
    due = sa.text("due_read_wamid IS NOT NULL")
    op.create_index("conversations_due_read", "conversations", ["id"], postgresql_where=due)
    op.create_index("conversations_newest", "conversations", ["tenant_id", "last_message_at", "id"])
    op.create_table(
        "conversation_notes",
        _id(),
        _tenant(),
        sa.Column("conversation_id", sa.Uuid(), sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
        _text("author"),
        _text("text"),
        _made(),
    )
    op.create_index("conversation_notes_by_conversation", "conversation_notes", ["conversation_id", "id"])


def _extend_messages() -> None:
    op.add_column(
        "messages",
        sa.Column("conversation_id", sa.Uuid(), sa.ForeignKey("conversations.id"), nullable=True),
    )
    op.add_column("messages", sa.Column("source", sa.Text(), nullable=True))
    op.create_index(
        "messages_by_conversation",
        "messages",
        ["conversation_id", "id"],
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.create_index(
        "messages_about_others",
        "messages",
        ["channel_id", "context_wamid"],
        postgresql_where=sa.text("type IN ('reaction', 'edit', 'revoke')"),
    )


def _create_texts_and_settings() -> None:
    op.create_table(
        "canned_responses",
        _id(),
        _tenant(),
        _text("shortcut"),
        _text("text"),
        _made(),
        _made("updated_at"),
        sa.UniqueConstraint("tenant_id", "shortcut", name="canned_responses_shortcut"),
    )
    op.create_table(
        "conversation_settings",
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenants.id"), nullable=False, primary_key=True),
        _texts("languages", "'{es,en}'::text[]"),
        _texts("stop_words"),
        _texts("start_words"),
        _text("stop_confirmation", nullable=True),
        _text("start_confirmation", nullable=True),
        _text("time_zone", nullable=True),
        sa.Column("business_hours", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("media_days", sa.Integer(), nullable=True),
        _made("updated_at"),
    )
    op.create_table(
        "consent_changes",
        _id(),
        _tenant(),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        _text("category"),
        _text("act"),
        _time("at", nullable=False),
        _text("source"),
        _made(),
        sa.CheckConstraint("category IN ('marketing', 'utility')", name="consent_changes_category"),
        sa.CheckConstraint("act IN ('stop', 'start')", name="consent_changes_act"),
    )
    op.create_index("consent_changes_by_contact", "consent_changes", ["tenant_id", "contact_id", "at"])


def _create_auto_replies() -> None:
    op.create_table(
        "auto_reply_rules",
        _id(),
        _tenant(),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("name"),
        _text("match"),
        _text("pattern"),
        _text("answer"),
        sa.Column("once_per_seconds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("during", sa.Text(), server_default="always", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        _made(),
        _made("updated_at"),
        sa.CheckConstraint("match IN ('equals', 'contains', 'starts_with', 'regex')", name="auto_reply_rules_match"),
        sa.CheckConstraint(
            "during IN ('always', 'business_hours', 'outside_business_hours')", name="auto_reply_rules_during"
        ),
    )
    op.create_index("auto_reply_rules_by_tenant", "auto_reply_rules", ["tenant_id", "position", "id"])
    op.create_table(
        "auto_replies",
        sa.Column("rule_id", sa.Uuid(), sa.ForeignKey("auto_reply_rules.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("contact_id", sa.Uuid(), sa.ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
        _tenant(),
        _time("answered_at", nullable=False),
    )


def _create_media_files() -> None:
    op.create_table(
        "media_files",
        _id(),
        _tenant(),
        sa.Column("channel_id", sa.Uuid(), sa.ForeignKey("channels.id"), nullable=False),
        sa.Column("message_id", sa.Uuid(), sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=True),
        _text("state"),
        _text("type"),
        _text("meta_id", nullable=True),
        _time("meta_id_expires_at"),
        _text("mime_type", nullable=True),
        _text("served_type", nullable=True),
        _text("filename", nullable=True),
        _text("sha256", nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        _text("path", nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _time("due_at"),
        _text("reason", nullable=True),
        _time("stored_at"),
        _made(),
        sa.CheckConstraint("state IN ('waiting', 'stored', 'failed', 'deleted')", name="media_files_state"),
    )
    op.create_index("media_files_by_message", "media_files", ["message_id"])
    waiting, stored = sa.text("state = 'waiting'"), sa.text("state = 'stored'")
    op.create_index("media_files_due", "media_files", ["due_at"], postgresql_where=waiting)
    op.create_index("media_files_stored", "media_files", ["tenant_id", "stored_at"], postgresql_where=stored)


def _create_live_events() -> None:
    op.execute("CREATE SEQUENCE live_event_ids")
    op.create_table(
        "live_events",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("nextval('live_event_ids')"), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        _text("kind"),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("payload", postgresql.JSONB(none_as_null=True), nullable=False),
        postgresql_partition_by="RANGE (created_at)",
    )
    unnumbered, numbered = sa.text("sequence IS NULL"), sa.text("sequence IS NOT NULL")
    op.create_index("live_events_unnumbered", "live_events", ["id"], postgresql_where=unnumbered)
    op.create_index("live_events_by_sequence", "live_events", ["tenant_id", "sequence"], postgresql_where=numbered)
    op.execute("CREATE TABLE live_events_other PARTITION OF live_events DEFAULT")
    op.create_table(
        "live_sequences",
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenants.id"), nullable=False, primary_key=True),
        sa.Column("latest", sa.BigInteger(), nullable=False),
    )
