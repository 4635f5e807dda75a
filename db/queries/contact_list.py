"""Contacts as people and business systems work with them: listed, shown, named, forgotten."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, text

_SHOWN = """
SELECT c.id, c.phone, c.bsuid, c.lid, c.name, c.username, c.display_name, c.external_id, c.attributes, c.marketing_act,
    c.marketing_at, c.utility_act, c.utility_at, c.last_wrote_at, c.unreachable_at, c.unreachable_code,
    c.unreachable_reason, c.created_at, l.state AS lookup_state, l.answer AS lookup_answer,
    l.problem AS lookup_problem, l.answered_at AS lookup_answered_at
FROM contacts c LEFT JOIN contact_lookups l ON l.contact_id = c.id
"""
_LIST = text(f"""
{_SHOWN}
WHERE c.tenant_id = :tenant_id AND (CAST(:before AS uuid) IS NULL OR c.id < :before)
    AND (CAST(:external_id AS text) IS NULL OR c.external_id = :external_id)
    AND (CAST(:phone_key AS text) IS NULL OR c.phone_key = :phone_key)
    AND (CAST(:bsuid AS text) IS NULL OR c.bsuid = :bsuid)
ORDER BY c.id DESC LIMIT :limit
""")
_FIND = text(f"{_SHOWN} WHERE c.tenant_id = :tenant_id AND c.id = :id")
_CHANGE = text("""
UPDATE contacts SET
    display_name = CASE WHEN :names THEN :display_name ELSE display_name END,
    external_id = CASE WHEN :keys THEN :external_id ELSE external_id END,
    attributes = CASE WHEN :describes THEN CAST(:attributes AS jsonb) ELSE attributes END,
    updated_at = now()
WHERE tenant_id = :tenant_id AND id = :id
""")


def list_newest(
    connection: Connection,
    tenant_id: UUID,
    *,
    phone_key: str | None,
    bsuid: str | None,
    external_id: str | None,
    before: UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Return contacts of the tenant, newest first; None: any."""
    values = {
        "tenant_id": tenant_id,
        "phone_key": phone_key,
        "bsuid": bsuid,
        "external_id": external_id,
        "before": before,
        "limit": limit,
    }
    return connection.execute(_LIST, values).all()


def find(connection: Connection, tenant_id: UUID, contact_id: UUID) -> Row[Any] | None:
    """Return a contact of the tenant."""
    return connection.execute(_FIND, {"tenant_id": tenant_id, "id": contact_id}).first()


def change(connection: Connection, tenant_id: UUID, contact_id: UUID, given: dict[str, Any]) -> None:
    """Change what is given of display_name, external_id and attributes.

    Raises:
        sqlalchemy.exc.IntegrityError: another contact has the external id.
    """
    values = {
        "tenant_id": tenant_id,
        "id": contact_id,
        "names": "display_name" in given,
        "display_name": given.get("display_name"),
        "keys": "external_id" in given,
        "external_id": given.get("external_id"),
        "describes": "attributes" in given,
        "attributes": orjson.dumps(given.get("attributes") or {}).decode(),
    }
    connection.execute(_CHANGE, values)


_ERASE_MESSAGES = text("""
UPDATE messages m SET text = NULL, contact_name = NULL, contact_phone = NULL, contact_bsuid = NULL,
    content = jsonb_build_object('erased', true), cleared_at = coalesce(m.cleared_at, now()), updated_at = now()
FROM conversations v
WHERE v.contact_id = :id AND v.tenant_id = :tenant_id AND m.conversation_id = v.id AND m.tenant_id = :tenant_id
""")
_ERASE_RECEIPTS = text("""
UPDATE receipts r SET raw = '{}' FROM messages m JOIN conversations v ON v.id = m.conversation_id
WHERE v.contact_id = :id AND v.tenant_id = :tenant_id AND r.message_id = m.id AND r.tenant_id = :tenant_id
""")
_ERASE_FILES = text("""
UPDATE media_files f SET state = 'deleted', filename = NULL, meta_id = NULL, due_at = NULL
FROM messages m JOIN conversations v ON v.id = m.conversation_id
WHERE v.contact_id = :id AND v.tenant_id = :tenant_id AND f.message_id = m.id RETURNING f.path
""")
_ERASE_NOTES = text("""
DELETE FROM conversation_notes n USING conversations v
WHERE v.contact_id = :id AND v.tenant_id = :tenant_id AND n.conversation_id = v.id
""")
_ERASE_THREADS = text("""
UPDATE conversations SET labels = '{}', unread = 0, state = 'closed', due_read_wamid = NULL, updated_at = now()
WHERE contact_id = :id AND tenant_id = :tenant_id
""")
_ERASE_CONTACT = text("""
UPDATE contacts SET phone = NULL, phone_key = NULL, bsuid = NULL, lid = NULL, name = NULL, username = NULL,
    display_name = NULL, external_id = NULL, attributes = '{}', unreachable_reason = NULL, updated_at = now()
WHERE id = :id AND tenant_id = :tenant_id
""")
_ERASE_LOOKUP = text("DELETE FROM contact_lookups WHERE contact_id = :id AND tenant_id = :tenant_id")
_IN_ORDER = (_ERASE_RECEIPTS, _ERASE_MESSAGES, _ERASE_NOTES, _ERASE_THREADS, _ERASE_LOOKUP, _ERASE_CONTACT)


def erase(connection: Connection, tenant_id: UUID, contact_id: UUID) -> list[str]:
    """Forget who a contact is and all that was written; return the paths of files that are to be taken away.

    Messages, their statuses and times stay, so that totals do: of whom and what they were is gone.
    """
    values = {"tenant_id": tenant_id, "id": contact_id}
    paths = connection.execute(_ERASE_FILES, values).scalars().all()
    for statement in _IN_ORDER:
        connection.execute(statement, values)
    return [path for path in paths if path]


_WAITS = text("""
SELECT EXISTS (
    SELECT FROM outbox o JOIN messages m ON m.id = o.message_id JOIN conversations v ON v.id = m.conversation_id
    WHERE v.contact_id = :id AND v.tenant_id = :tenant_id AND o.tenant_id = :tenant_id
)
""")


def has_waiting_messages(connection: Connection, tenant_id: UUID, contact_id: UUID) -> bool:
    """Tell whether anything is still to be sent to a contact."""
    return bool(connection.execute(_WAITS, {"tenant_id": tenant_id, "id": contact_id}).scalar_one())
