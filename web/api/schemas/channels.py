"""Channels, and what holds them up."""

from pydantic import BaseModel, Field

from web.api.schemas.fields import DATE_TIME


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


class Token(BaseModel):
    is_valid: bool | None = Field(description="null: not checked yet.")
    checked_at: str | None = Field(json_schema_extra=DATE_TIME)
    expires_at: str | None = Field(
        description="null when it was checked: it never expires.", json_schema_extra=DATE_TIME
    )
    scopes: list[str]
    problem: str | None


class Number(BaseModel):
    is_proved: bool = Field(
        description="The token has read the number at Meta. Until then what comes for it by the installation's webhook "
        "waits under /v1/events."
    )
    verified_name: str | None
    quality_rating: str | None
    throughput_level: str | None
    checked_at: str | None = Field(json_schema_extra=DATE_TIME)


class AppSecretShown(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    created_at: str = Field(json_schema_extra=DATE_TIME)
    last_used_at: str | None = Field(
        description="When it last signed a webhook; one that signs no more can be dropped.", json_schema_extra=DATE_TIME
    )


class Webhook(BaseModel):
    url: str = Field(description="Meta's callback URL.")
    verified_at: str | None = Field(json_schema_extra=DATE_TIME)
    refused_at: str | None = Field(description="Last wrong signature.", json_schema_extra=DATE_TIME)
    last_event_at: str | None = Field(json_schema_extra=DATE_TIME)
    fields: list[str]
    app_secrets: list[AppSecretShown] = Field(description="Of a Meta app of your own; empty: the installation's app.")


class ChannelShown(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    name: str | None
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
    token: Token
    number: Number
    webhook: Webhook
    held_templates: list[HeldTemplate]


class ChannelList(BaseModel):
    data: list[ChannelShown]
    next: str | None
