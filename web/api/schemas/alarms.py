"""Alarms."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from web.api.pagination import DEFAULT_LIMIT, Cursor, Limit
from web.api.schemas.fields import DATE_TIME, Query


class AlarmQuery(Query):
    cursor: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


class AlarmShown(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    kind: str = Field(description='"session.disconnected", "session.connected", "session.silent", "test".')
    target: str = Field(description="What it is about, such as a session's name.")
    details: dict[str, Any]
    delivery: Literal["none", "waiting", "delivered", "failed"] = Field(description="none: no address was set.")
    attempts: int
    problem: str | None = Field(description="Why the last attempt brought no answer.")
    created_at: str = Field(json_schema_extra=DATE_TIME)
    delivered_at: str | None = Field(json_schema_extra=DATE_TIME)


class AlarmList(BaseModel):
    data: list[AlarmShown]
    next: str | None


EXAMPLE_ALARM: dict[str, Any] = {
    "id": "019a9d2e-5a2e-7b90-9c11-5f0f7a6b1c77",
    "kind": "session.disconnected",
    "target": "shop",
    "details": {"status": "session_not_connected", "message": "Disconnected: NAVIGATION"},
    "delivery": "delivered",
    "attempts": 1,
    "problem": None,
    "created_at": "2026-11-21T10:00:00.000000Z",
    "delivered_at": "2026-11-21T10:00:03.000000Z",
}
