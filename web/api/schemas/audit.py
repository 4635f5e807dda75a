"""The audit log, as it is asked for and shown."""

from typing import Any

from pydantic import BaseModel, Field

from web.api.pagination import DEFAULT_LIMIT, Cursor, Limit
from web.api.schemas.fields import Query


class AuditQuery(Query):
    cursor: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


class AuditLineShown(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    at: str = Field(json_schema_extra={"format": "date-time"})
    actor: str = Field(description='Who: "user:<login>", "key:<name>", "cli", "rule:<name>".')
    action: str = Field(description='What: "key.created", "user.changed" …')
    target: str = Field(description="The id of what was changed.")
    details: dict[str, Any] = Field(description="Never a secret.")


class AuditList(BaseModel):
    data: list[AuditLineShown]
    next: str | None
