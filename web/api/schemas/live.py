"""Live connections over the API."""

from typing import Annotated

from pydantic import BaseModel, Field

from web.api.schemas.fields import Body, Line

UserId = Annotated[Line, Field(max_length=100, description="Your own name for who listens.")]


class TicketWanted(Body):
    """For whom."""

    user_id: UserId


class TicketShown(BaseModel):
    """A ticket; it opens one connection."""

    ticket: str
    user_id: str
    url: str = Field(description="Connect here; the ticket is in it.")
    expires_at: str


class LiveStatus(BaseModel):
    """How a user is connected (S1.9)."""

    user_id: str
    connected: bool
    connections: int
    since: str | None


class LiveStats(BaseModel):
    """Who listens to the events of your tenant (S1.10)."""

    connections: int
    users: int
    processes: int
    sequence: int = Field(description="Number of the latest event.")
