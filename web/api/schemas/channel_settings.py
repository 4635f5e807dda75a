"""Connecting and changing channels, in our own shape and in the founding systems'."""

from typing import Literal

from pydantic import BaseModel, Field

from web.api.schemas.fields import DATE_TIME, Body
from web.api.schemas.founding import FoundingBody

LONGEST = 5_000


class ChannelChange(Body):
    """What is left out or empty stays as it is."""

    name: str | None = Field(None, max_length=100, description="Your own name for it.")
    waba_id: str | None = Field(None, max_length=64, description="Id of the WhatsApp Business account.")
    display_phone_number: str | None = Field(None, max_length=64)
    access_token: str | None = Field(None, max_length=LONGEST, description="Of a system user. Never shown again.")
    verify_token: str | None = Field(None, max_length=LONGEST, description="Of the channel's own webhook.")
    app_secret: str | None = Field(
        None,
        max_length=LONGEST,
        description="Of a Meta app of your own, whose webhooks go to /webhook/{id}. Those given before go on to sign.",
    )
    is_active: bool | None = Field(None, description="Switched off, events are kept and nothing is sent.")


class NewChannel(ChannelChange):
    phone_number_id: str = Field(max_length=64, description="From Meta's page API Setup; it is no phone number.")
    access_token: str = Field(max_length=LONGEST, description="Of a system user. Never shown again.")


class Check(BaseModel):
    name: str
    state: Literal["ok", "warning", "error", "unknown"]
    detail: str
    advice: str = Field(description="What to do, in plain words; empty when nothing is to be done.")


class ChecksShown(BaseModel):
    state: Literal["ok", "warning", "error"]
    checks: list[Check]


class FoundingSettings(FoundingBody):
    """S0.4. Empty fields keep what is stored."""

    phoneNumberId: str | None = Field(None, max_length=64)
    businessAccountId: str | None = Field(None, max_length=64)
    accessToken: str | None = Field(None, max_length=LONGEST)
    webhookVerifyToken: str | None = Field(None, max_length=LONGEST)
    appSecret: str | None = Field(None, max_length=LONGEST)


class FoundingConfig(FoundingBody):
    """S2.4. Empty fields keep what is stored."""

    phoneNumberId: str | None = Field(None, max_length=64)
    displayPhoneNumber: str | None = Field(None, max_length=64)
    accessToken: str | None = Field(None, max_length=LONGEST)
    isActive: bool | None = None


class SettingsShown(BaseModel):
    success: bool
    message: str | None = None
    phoneNumberId: str | None
    businessAccountId: str | None
    accessToken: str | None = Field(description="Masked.")
    webhookVerifyToken: str | None = Field(description="Masked.")
    has_access_token: bool
    has_webhook_verify_token: bool
    source: Literal["db", "env"] | None
    isActive: bool
    webhookUrl: str


class TestShown(BaseModel):
    success: bool
    message: str
    checks: list[Check]


class ConfigPart(BaseModel):
    phoneNumberId: str
    displayPhoneNumber: str | None
    isActive: bool
    createdAt: str = Field(json_schema_extra=DATE_TIME)
    updatedAt: str = Field(json_schema_extra=DATE_TIME)


class ConfigShown(BaseModel):
    configured: bool
    config: ConfigPart | None


class Done(BaseModel):
    ok: bool


class SelfTest(BaseModel):
    success: bool
    url: str
    verify_token_set: bool
    secret_set: bool
    webhook_verified_at: str | None = Field(json_schema_extra=DATE_TIME)
    last_event_at: str | None = Field(json_schema_extra=DATE_TIME)
    last_signature_failure_at: str | None = Field(json_schema_extra=DATE_TIME)


class TenantConfigShown(BaseModel):
    success: bool
    realmId: str
    enabled: bool
    source: Literal["db", "env"] | None
    phoneNumberId: str | None
    businessAccountId: str | None
    hasAccessToken: bool
    templates: dict[str, str]
    templateLanguage: str


class EnvironmentShown(BaseModel):
    success: bool
    environment: dict[str, bool]
