"""API keys, as they are asked for and shown."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from web.api.pagination import DEFAULT_LIMIT, Cursor, Limit
from web.api.schemas.fields import DATE_TIME, Body, Line, Moment, Query

Scope = Literal["send", "read", "settings", "sessions"]


class KeyQuery(Query):
    cursor: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


class KeyWanted(Body):
    name: Line = Field(description="For people: which system uses it.")
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)] = Field(
        description="send: POST; read: GET; settings: credentials, keys, users, audit; sessions: gateway sessions."
    )
    expires_at: Moment | None = Field(default=None, description="In the future; absent: never.")


class KeyShown(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    name: str
    prefix: str = Field(description="How the key begins.")
    scopes: list[Scope]
    created_at: str = Field(json_schema_extra=DATE_TIME)
    created_by: str | None
    last_used_at: str | None = Field(description="Exact to about a minute.", json_schema_extra=DATE_TIME)
    expires_at: str | None = Field(json_schema_extra=DATE_TIME)
    revoked_at: str | None = Field(json_schema_extra=DATE_TIME)


class KeyMade(KeyShown):
    key: str = Field(description="Shown this once; only its digest is kept.")


class KeyList(BaseModel):
    data: list[KeyShown]
    next: str | None
