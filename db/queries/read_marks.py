"""Which conversations Meta is to be told were read."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.app_secrets import OWN_APP_SECRET

_WANT = text("""
UPDATE conversations v SET due_read_wamid = m.wamid, due_typing = :typing
FROM (
    SELECT wamid FROM messages WHERE tenant_id = :tenant_id AND conversation_id = :id AND direction = 'inbound'
        AND source IS NULL AND type NOT IN ('reaction', 'edit', 'revoke', 'system') ORDER BY id DESC LIMIT 1
) m
WHERE v.tenant_id = :tenant_id AND v.id = :id
    AND NOT EXISTS (SELECT FROM gateway_sources g WHERE g.channel_id = v.channel_id)
""")
"""A gateway takes no read marks."""


def want(connection: Connection, tenant_id: UUID, conversation_id: UUID, *, typing: bool) -> None:
    """Have Meta told that the newest message of a customer, and so all before it, was read."""
    connection.execute(_WANT, {"tenant_id": tenant_id, "id": conversation_id, "typing": typing})


_HAS_DUE = text("SELECT EXISTS (SELECT FROM conversations WHERE due_read_wamid IS NOT NULL)")


def has_due(connection: Connection) -> bool:
    """Tell whether Meta is to be told anything."""
    return bool(connection.execute(_HAS_DUE).scalar_one())


@dataclass(slots=True, frozen=True)
class DueMark:
    """One conversation that was read."""

    conversation_id: UUID
    wamid: str
    typing: bool
    phone_number_id: str
    access_token: str | None = field(repr=False)
    app_secret: str | None = field(repr=False)


_TAKE = text(f"""
WITH due AS (
    SELECT id, due_read_wamid, due_typing FROM conversations WHERE due_read_wamid IS NOT NULL
    ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE conversations v SET due_read_wamid = NULL, due_typing = false
FROM due, channels c WHERE v.id = due.id AND c.id = v.channel_id
RETURNING v.id, due.due_read_wamid, due.due_typing, c.phone_number_id, c.access_token, {OWN_APP_SECRET}
""")


def take_due(connection: Connection, limit: int = 50) -> list[DueMark]:
    """Take what Meta is to be told; whoever takes it tells it once."""
    return [DueMark(*row) for row in connection.execute(_TAKE, {"limit": limit})]
