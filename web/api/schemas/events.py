"""Webhook items that became events."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from web.api.pagination import DEFAULT_LIMIT, Cursor, Limit
from web.api.schemas.fields import Query

State = Literal["stored", "unhandled", "failed", "replayed"]


class EventQuery(Query):
    state: State | None = None
    cursor: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


class EventShown(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    state: State
    kind: str
    field: str | None = Field(description="The webhook's field.")
    reason: str | None = Field(description="Why it is unhandled or failed: a stable word.")
    detail: str | None
    at: str | None = Field(description="Meta's time.", json_schema_extra={"format": "date-time"})
    waba_id: str | None
    phone_number_id: str | None
    replays: int
    created_at: str = Field(json_schema_extra={"format": "date-time"})
    updated_at: str = Field(json_schema_extra={"format": "date-time"})


class EventWithPayload(EventShown):
    payload: dict[str, Any] | None = Field(description="The webhook with this item alone; null: its bytes are no JSON.")


class EventList(BaseModel):
    data: list[EventShown]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")
