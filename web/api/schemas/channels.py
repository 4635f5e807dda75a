"""Channels, and what holds them up."""

from pydantic import BaseModel, Field
from pydantic.config import JsonDict

DATE_TIME: JsonDict = {"format": "date-time"}


class Pause(BaseModel):
    since: str = Field(json_schema_extra=DATE_TIME)
    code: int | None = Field(description="Meta's error code.")
    reason: str
    advice: str = Field(description="What to do, in plain words.")
    next_probe_at: str | None = Field(description="When Meta is asked again by itself.", json_schema_extra=DATE_TIME)


class HeldTemplate(BaseModel):
    name: str
    language: str
    code: int | None
    reason: str
    advice: str
    since: str = Field(json_schema_extra=DATE_TIME)


class ChannelShown(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    phone_number_id: str
    waba_id: str | None
    display_phone_number: str | None
    is_active: bool
    throughput_per_second: float
    slowed_to: float | None = Field(description="Messages a second while Meta says that the number sends too fast.")
    blocked_until: str | None = Field(
        description="A rate limit of Meta's; it ends by itself.", json_schema_extra=DATE_TIME
    )
    paused: Pause | None = Field(description="Nothing is sent; messages stay queued in their order.")
    on_trial: bool = Field(description="Resumed: one message at a time until Meta accepts one.")
    waiting: int = Field(description="Messages that wait to be sent.")
    held_templates: list[HeldTemplate]


class ChannelList(BaseModel):
    data: list[ChannelShown]
    next: str | None
