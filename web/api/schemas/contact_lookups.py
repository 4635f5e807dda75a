"""The address at which a tenant's system is asked about contacts."""

from typing import Any

from pydantic import BaseModel, Field
from pydantic.config import JsonDict

from web.api.schemas.fields import Body

DATE_TIME: JsonDict = {"format": "date-time"}


class NewLookup(Body):
    url: str = Field(max_length=2_000, description="https, on the public internet.")


class LookupEndpointShown(BaseModel):
    url: str
    created_at: str = Field(json_schema_extra=DATE_TIME)


class LookupSet(LookupEndpointShown):
    secret: str = Field(description="Signs what is asked (Standard Webhooks); shown this once.")


EXAMPLE_LOOKUP: dict[str, Any] = {
    "url": "https://erp.example.com/who-is",
    "created_at": "2026-11-21T10:00:00.000000Z",
}
