"""Addresses of a tenant's own system."""

from pydantic import BaseModel, Field

from web.api.schemas.fields import DATE_TIME, Body


class NewEndpoint(Body):
    url: str = Field(max_length=2_000, description="https, on the public internet.")


class EndpointShown(BaseModel):
    url: str
    created_at: str = Field(json_schema_extra=DATE_TIME)


class EndpointSet(EndpointShown):
    secret: str = Field(description="Signs what is posted (Standard Webhooks); shown this once.")


def example(url: str) -> dict[str, str]:
    """Return an address as it is shown."""
    return {"url": url, "created_at": "2026-11-21T10:00:00.000000Z"}
