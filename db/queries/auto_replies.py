"""Whom a rule answered when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.bulk import record_source, rows_parameter

_ANSWERED = text("""
SELECT contact_id, rule_id, answered_at FROM auto_replies
WHERE tenant_id = ANY(:tenant_ids) AND contact_id = ANY(:contact_ids)
""")


def answered_at(
    connection: Connection, tenant_ids: Collection[UUID], contact_ids: Collection[UUID]
) -> dict[UUID, dict[UUID, datetime]]:
    """Return contact → rule → when it last answered; contacts that nothing answered are missing."""
    values = {"tenant_ids": sorted(tenant_ids), "contact_ids": sorted(contact_ids)}
    answered: dict[UUID, dict[UUID, datetime]] = {}
    for contact_id, rule_id, at in connection.execute(_ANSWERED, values):
        answered.setdefault(contact_id, {})[rule_id] = at
    return answered


@dataclass(slots=True)
class Answered:
    """A rule that answered a contact now."""

    rule_id: UUID
    contact_id: UUID
    tenant_id: UUID
    answered_at: datetime


_COLUMNS = {"rule_id": "uuid", "contact_id": "uuid", "tenant_id": "uuid", "answered_at": "timestamptz"}

_NOTE = text(f"""
INSERT INTO auto_replies ({", ".join(_COLUMNS)})
SELECT v.* FROM {record_source(_COLUMNS)} WHERE EXISTS (SELECT FROM auto_reply_rules r WHERE r.id = v.rule_id)
ORDER BY v.rule_id, v.contact_id
ON CONFLICT (rule_id, contact_id) DO UPDATE SET answered_at = EXCLUDED.answered_at
""")


def note(connection: Connection, answers: Sequence[Answered]) -> None:
    """Note answers, each rule and contact at most once; of a rule that was deleted meanwhile nothing is noted."""
    connection.execute(_NOTE, rows_parameter(answers))
