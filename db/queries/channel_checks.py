"""What the last check of each kind came to, by channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.bulk import record_source, rows_parameter


@dataclass(slots=True, frozen=True)
class KeptCheck:
    """A light as it was when it was last looked at; `detail` and `advice` as messaging.sentences.packed makes them."""

    channel_id: UUID
    name: str
    tenant_id: UUID
    state: str
    detail: Any
    advice: Any


_COLUMNS = {
    "channel_id": "uuid",
    "name": "text",
    "tenant_id": "uuid",
    "state": "text",
    "detail": "jsonb",
    "advice": "jsonb",
}
_KEEP = text(f"""
INSERT INTO channel_checks AS c ({", ".join(_COLUMNS)}) SELECT v.* FROM {record_source(_COLUMNS)}
ON CONFLICT (channel_id, name) DO UPDATE SET
    state = excluded.state, detail = excluded.detail, advice = excluded.advice, checked_at = now()
""")


def keep(connection: Connection, checks: Sequence[KeptCheck]) -> None:
    """Keep what checks came to, instead of what they came to before."""
    connection.execute(_KEEP, rows_parameter(sorted(checks, key=lambda check: (check.channel_id, check.name))))


@dataclass(slots=True, frozen=True)
class ReadCheck:
    """A kept check as it is read."""

    name: str
    state: Any
    detail: Any
    advice: Any
    checked_at: datetime


_OF_CHANNEL = text("""
SELECT name, state, detail, advice, checked_at FROM channel_checks
WHERE tenant_id = :tenant_id AND channel_id = :channel_id
""")


def of_channel(connection: Connection, tenant_id: UUID, channel_id: UUID) -> dict[str, ReadCheck]:
    """Return the kept checks of a tenant's channel by name."""
    rows = connection.execute(_OF_CHANNEL, {"tenant_id": tenant_id, "channel_id": channel_id})
    return {row.name: ReadCheck(*row) for row in rows}


_FORGET = text("DELETE FROM channel_checks WHERE tenant_id = :tenant_id AND channel_id = :channel_id")


def forget(connection: Connection, tenant_id: UUID, channel_id: UUID) -> None:
    """Forget what was found out with credentials that are others now."""
    connection.execute(_FORGET, {"tenant_id": tenant_id, "channel_id": channel_id})
