"""Who is connected live, told by each process every few seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.bulk import record_source, rows_parameter

FORGOTTEN_AFTER = timedelta(seconds=20)
"""A process that was not seen for so long is gone: four times its rhythm."""


@dataclass(slots=True, frozen=True)
class Presence:
    """A tenant's listeners at one process: user → {connections, since}."""

    tenant_id: UUID
    users: dict[str, Any]


_REPORT = text(f"""
WITH v AS (
    SELECT * FROM {record_source({"tenant_id": "uuid", "users": "jsonb"})}
), gone AS (
    DELETE FROM live_presences p WHERE p.seen_at < now() - :forgotten
        OR (p.process_id = :process_id AND p.tenant_id NOT IN (SELECT tenant_id FROM v))
)
INSERT INTO live_presences (process_id, tenant_id, users) SELECT :process_id, tenant_id, users FROM v
ON CONFLICT (process_id, tenant_id) DO UPDATE SET users = EXCLUDED.users, seen_at = now()
""")


def report(connection: Connection, process_id: UUID, presences: Sequence[Presence]) -> None:
    """Write who is connected to a process now, in place of what it wrote before."""
    values = {**rows_parameter(presences), "process_id": process_id, "forgotten": FORGOTTEN_AFTER}
    connection.execute(_REPORT, values)


@dataclass(slots=True, frozen=True)
class Connected:
    """How a user is connected."""

    connections: int
    since: datetime | None


_OF_USER = text("""
SELECT coalesce(sum((u.value ->> 'connections')::int), 0), min((u.value ->> 'since')::timestamptz)
FROM live_presences p CROSS JOIN LATERAL jsonb_each(p.users) u
WHERE p.tenant_id = :tenant_id AND p.seen_at > now() - :forgotten AND u.key = :user_id
""")


def of_user(connection: Connection, tenant_id: UUID, user_id: str) -> Connected:
    """Return how a user of the tenant is connected, over all processes."""
    values = {"tenant_id": tenant_id, "user_id": user_id, "forgotten": FORGOTTEN_AFTER}
    return Connected(*connection.execute(_OF_USER, values).one())


@dataclass(slots=True, frozen=True)
class Totals:
    """Of a tenant."""

    connections: int
    users: int
    processes: int


_TOTALS = text("""
SELECT coalesce(sum((u.value ->> 'connections')::int), 0), count(DISTINCT u.key), count(DISTINCT p.process_id)
FROM live_presences p CROSS JOIN LATERAL jsonb_each(p.users) u
WHERE p.tenant_id = :tenant_id AND p.seen_at > now() - :forgotten
""")


def totals(connection: Connection, tenant_id: UUID) -> Totals:
    """Return how many listen to a tenant's events, over all processes."""
    return Totals(*connection.execute(_TOTALS, {"tenant_id": tenant_id, "forgotten": FORGOTTEN_AFTER}).one())
