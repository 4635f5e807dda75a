"""Messages of a session's own number: ours come back as echoes, also those whose answer was lost."""

from collections import defaultdict
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
    lid: str | None
    text: str | None


@dataclass(slots=True, frozen=True)
class AnsweredSend:
    """A send that the gateway gave an id."""

    message_id: UUID
    wamid: str


_COLUMNS = {
    "number": "int",
    "tenant_id": "uuid",
    "channel_id": "uuid",
    "wamid": "text",
    "phone": "text",
    "lid": "text",
    "text": "text",
}
_KNOWN = text(f"""
SELECT v.number FROM {record_source(_COLUMNS)}
JOIN messages m ON m.channel_id = v.channel_id AND m.wamid = v.wamid
""")


def known(connection: Connection, echoes: Sequence[Echo]) -> set[int]:
    """Return the numbers of echoes whose message has their id already."""
    return set(connection.execute(_KNOWN, rows_parameter(echoes)).scalars())


@dataclass(slots=True, frozen=True)
class Unsettled:
    """A message of ours that no answer of the gateway's was recorded of."""

    message_id: UUID
    attempt: int


_UNSETTLED = text(f"""
SELECT v.number, m.id, m.attempt FROM {record_source(_COLUMNS)}
LEFT JOIN contacts c ON c.tenant_id = v.tenant_id AND c.lid = v.lid
JOIN messages m ON m.tenant_id = v.tenant_id AND m.contact_phone = coalesce(v.phone, c.phone)
    AND m.channel_id = v.channel_id AND m.direction = 'outbound' AND m.wamid IS NULL
    AND m.status IN ('sending', 'unknown')
    AND coalesce(m.text, m.content -> m.type ->> 'body', m.content -> m.type ->> 'caption', '') = coalesce(v.text, '')
ORDER BY v.number, m.id
""")


def unsettled(connection: Connection, echoes: Sequence[Echo]) -> dict[int, list[Unsettled]]:
    """Return the messages without an answer that each echo can be: same person, same text."""
    found: dict[int, list[Unsettled]] = defaultdict(list)
    if echoes:
        for row in connection.execute(_UNSETTLED, rows_parameter(echoes)):
            found[row.number].append(Unsettled(row.id, row.attempt))
    return found


_YIELD = text(f"""
DELETE FROM messages e USING {record_source({"message_id": "uuid", "wamid": "text"})}, messages m
WHERE m.id = v.message_id AND e.channel_id = m.channel_id AND e.wamid = v.wamid AND e.source = 'echo' AND e.id <> m.id
""")


def yield_to_ours(connection: Connection, answers: Sequence[AnsweredSend]) -> None:
    """Remove echoes of our own messages that came, unrecognised, before the gateway's answer with their id."""
    connection.execute(_YIELD, rows_parameter(answers))
