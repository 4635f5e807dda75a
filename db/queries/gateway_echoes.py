"""Messages of a session's own number: ours come back as echoes, also those whose answer was lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.bulk import record_source, rows_parameter


@dataclass(slots=True, frozen=True)
class Echo:
    """A message that the session's number sent; `number` names it within its batch."""

    number: int
    tenant_id: UUID
    channel_id: UUID
    wamid: str
    phone: str | None
    text: str | None


_COLUMNS = {
    "number": "int",
    "tenant_id": "uuid",
    "channel_id": "uuid",
    "wamid": "text",
    "phone": "text",
    "text": "text",
}
_KNOWN = text(f"""
SELECT v.number FROM {record_source(_COLUMNS)}
JOIN messages m ON m.channel_id = v.channel_id AND m.wamid = v.wamid
""")


def known(connection: Connection, echoes: Sequence[Echo]) -> set[int]:
    """Return the numbers of echoes whose message has their id already."""
    return set(connection.execute(_KNOWN, rows_parameter(echoes)).scalars())


_UNSETTLED = text(f"""
SELECT v.number, (array_agg(m.id))[1] AS id, (array_agg(m.attempt))[1] AS attempt FROM {record_source(_COLUMNS)}
JOIN messages m ON m.tenant_id = v.tenant_id AND m.contact_phone = v.phone AND m.channel_id = v.channel_id
    AND m.direction = 'outbound' AND m.wamid IS NULL AND m.status IN ('sending', 'unknown')
    AND coalesce(m.text, m.content -> m.type ->> 'body', m.content -> m.type ->> 'caption', '') = coalesce(v.text, '')
GROUP BY v.number HAVING count(*) = 1
""")


def unsettled(connection: Connection, echoes: Sequence[Echo]) -> dict[int, tuple[UUID, int]]:
    """Return the one message without an answer that each echo can be, with its attempt.

    The same text to the same person waiting twice is nobody's: either could be meant.
    """
    if not echoes:
        return {}
    rows = connection.execute(_UNSETTLED, rows_parameter(echoes))
    return {row.number: (row.id, row.attempt) for row in rows}
