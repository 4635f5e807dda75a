"""Alarms: raised in the transaction of what they tell, delivered afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ids import new_id
from db.queries.bulk import record_source, rows_parameter
from db.queries.live_events import told_alarms


@dataclass(slots=True, frozen=True)
class NewAlarm:
    """Something to be told; `details` holds no secret, message or phone number."""

    tenant_id: UUID
    kind: str
    target: str
    details: Mapping[str, Any]


_COLUMNS = {"id": "uuid", "tenant_id": "uuid", "kind": "text", "target": "text", "details": "jsonb"}
_RAISE = text(f"""
WITH raised AS (
    INSERT INTO alarms ({", ".join(_COLUMNS)}, delivery, due_at)
    SELECT v.*, CASE WHEN e.id IS NULL THEN 'none' ELSE 'waiting' END, CASE WHEN e.id IS NOT NULL THEN now() END
    FROM {record_source(_COLUMNS)} LEFT JOIN callback_endpoints e ON e.tenant_id = v.tenant_id
    RETURNING id, tenant_id, kind, target
)
{told_alarms("raised")}
""")


def raise_alarms(connection: Connection, alarms: Sequence[NewAlarm]) -> None:
    """Keep alarms and tell them live; those of tenants with an endpoint wait for their delivery. One statement."""
    rows = [
        {
            "id": new_id(),
            "tenant_id": alarm.tenant_id,
            "kind": alarm.kind,
            "target": alarm.target,
            "details": dict(alarm.details),
        }
        for alarm in alarms
    ]
    connection.execute(_RAISE, rows_parameter(rows))


@dataclass(slots=True, frozen=True)
class DueAlarm:
    """An alarm on its way; `secret` is encrypted."""

    id: UUID
    tenant_id: UUID
    kind: str
    target: str
    details: dict[str, Any]
    created_at: Any
    attempts: int
    """This one included."""
    url: str
    secret: str


_TAKE = text("""
UPDATE alarms a SET attempts = attempts + 1, due_at = now() + :lease
FROM callback_endpoints e, (
    SELECT id FROM alarms WHERE delivery = 'waiting' AND due_at <= now() ORDER BY due_at, id LIMIT :limit
    FOR UPDATE SKIP LOCKED
) due
WHERE a.id = due.id AND e.tenant_id = a.tenant_id
RETURNING a.id, a.tenant_id, a.kind, a.target, a.details, a.created_at, a.attempts, e.url, e.secret
""")


def take_due(connection: Connection, *, lease: timedelta, limit: int = 20) -> list[DueAlarm]:
    """Take alarms to be posted now; what is not recorded within `lease` is taken again."""
    return [DueAlarm(*row) for row in connection.execute(_TAKE, {"lease": lease, "limit": limit})]


_DELIVERED = text("""
UPDATE alarms SET delivery = 'delivered', delivered_at = now(), due_at = NULL, http_status = :status, problem = NULL
WHERE id = :id
""")
_FAILED = text("""
UPDATE alarms SET http_status = :status, problem = :problem,
    delivery = CASE WHEN CAST(:pause AS interval) IS NULL THEN 'failed' ELSE 'waiting' END,
    due_at = now() + CAST(:pause AS interval)
WHERE id = :id AND delivery = 'waiting'
""")


def record_delivery(connection: Connection, alarm_id: UUID, http_status: int) -> None:
    """Note that the endpoint took an alarm."""
    connection.execute(_DELIVERED, {"id": alarm_id, "status": http_status})


def record_failure(
    connection: Connection, alarm_id: UUID, *, http_status: int | None, problem: str, pause: timedelta | None
) -> None:
    """Note that it did not; it is tried again after `pause`, None: no more."""
    connection.execute(_FAILED, {"id": alarm_id, "status": http_status, "problem": problem, "pause": pause})


_NEWEST = """
SELECT id, kind, target, details, delivery, attempts, http_status, problem, delivered_at, created_at FROM alarms
WHERE tenant_id = :tenant_id {conditions} ORDER BY id DESC LIMIT :limit
"""


def list_newest(connection: Connection, tenant_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` alarms of the tenant, newest first; only those below `before` when it is given."""
    conditions = "AND id < :before" if before is not None else ""
    values = {"tenant_id": tenant_id, "before": before, "limit": limit}
    return connection.execute(text(_NEWEST.format(conditions=conditions)), values).all()


_FORGET = text("DELETE FROM alarms WHERE created_at < now() - :age")


def forget(connection: Connection, age: timedelta) -> None:
    """Drop alarms that nobody asks for any more."""
    connection.execute(_FORGET, {"age": age})
