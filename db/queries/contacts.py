"""Contacts, as far as sending needs them: who cannot be reached, and since when."""

from uuid import UUID

from sqlalchemy import Connection, text

from db.ids import new_id
from messaging.identity import sighting

_MARK = """
INSERT INTO contacts (id, tenant_id, phone, phone_key, bsuid, lid, unreachable_at, unreachable_code, unreachable_reason)
VALUES (:id, :tenant_id, :phone, :phone_key, :bsuid, :lid, now(), :code, :reason)
ON CONFLICT (tenant_id, {key}) DO UPDATE SET unreachable_at = EXCLUDED.unreachable_at,
    unreachable_code = EXCLUDED.unreachable_code, unreachable_reason = EXCLUDED.unreachable_reason, updated_at = now()
"""
_MARK_BY = {key: text(_MARK.format(key=key)) for key in ("phone_key", "bsuid", "lid")}


def mark_unreachable(
    connection: Connection, tenant_id: UUID, *, phone: str | None, bsuid: str | None, code: int | None, reason: str
) -> None:
    """Note that Meta cannot deliver to a contact, known by phone number or, without one, by alias."""
    one = sighting(phone, None if phone else bsuid)
    names = {"phone": one.phone, "phone_key": one.phone_key, "bsuid": one.bsuid, "lid": one.lid}
    key = next(key for key in _MARK_BY if names[key])
    connection.execute(_MARK_BY[key], {"id": new_id(), "tenant_id": tenant_id, **names, "code": code, "reason": reason})


_UNMARK = text("""
UPDATE contacts c SET unreachable_at = NULL, unreachable_code = NULL, unreachable_reason = NULL, updated_at = now()
WHERE c.unreachable_at IS NOT NULL AND EXISTS (
    SELECT FROM messages m WHERE m.tenant_id = c.tenant_id AND m.delivered_at > c.unreachable_at
        AND (m.contact_phone = c.phone OR (c.phone IS NULL AND m.contact_bsuid IN (c.bsuid, c.lid)))
)
""")


def unmark_reached(connection: Connection) -> int:
    """Take the mark off contacts that have got, or written, a message since; return how many."""
    return connection.execute(_UNMARK).rowcount
