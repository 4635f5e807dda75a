"""Sessions of WhatsApp Web gateways: registering, control, history, and the founding shapes of S3."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from gateways.kinds import Kind, Proof
from web.api.schemas.fields import Body, Query

SESSION_ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
LONGEST = 5_000


class NewGateway(Body):
    """A session of a gateway."""

    kind: Literal["founding", "wwebjs", "waha", "evolution", "wppconnect"]
    session_id: str = Field(pattern=SESSION_ID, description="The session's name at the gateway.")
    base_url: str | None = Field(None, max_length=500, description="Of the gateway's API; default WHATSAPP_SERVER_API.")
    api_key: str | None = Field(None, max_length=LONGEST, description="The gateway's; default WHATSAPP_API_KEY.")
    proof: Literal["hmac_sha256", "hmac_sha512", "jwt", "shared_key", "url_secret"] | None = Field(
        None, description="How its webhooks prove themselves; default: the strongest that the kind can."
    )
    secret: str | None = Field(
        None, min_length=16, max_length=LONGEST, description="Of the proof; default: one is made and shown this once."
    )
    user_id: str | None = Field(None, max_length=100, description="Whose session it is, for the founding list.")


class CapabilitiesShown(BaseModel):
    templates: bool
    service_window: bool
    callback_data: bool
    retries_webhooks: bool
    qr_in_events: bool
    source_times: bool


class GatewayShown(BaseModel):
    id: str = Field(description="The channel's id, for messages.")
    kind: Kind
    session_id: str
    base_url: str
    proof: Proof
    user_id: str | None
    status: str
    message: str | None
    phone: str | None
    webhook_url: str
    capabilities: CapabilitiesShown
    created_at: str
    updated_at: str


class GatewayRegistered(GatewayShown):
    webhook_url: str = Field(description="With the secret in it where the gateway can prove itself by nothing else.")
    secret: str = Field(description="Shown this once.")


class GatewayList(BaseModel):
    data: list[GatewayShown]
    next: str | None


class PairingRequest(Body):
    phone: str = Field(max_length=32, description="The number whose phone shall be linked.")


class PairingCodeShown(BaseModel):
    pairing_code: str


class ControlAnswer(BaseModel):
    session_id: str
    status: str


class NewSecret(Body):
    secret: str | None = Field(
        None, min_length=16, max_length=LONGEST, description="Default: one is made and shown this once."
    )


class SecretMade(BaseModel):
    secret: str = Field(description="Shown this once.")


class SecretShown(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    created_at: str
    last_used_at: str | None = Field(description="When it last proved a webhook, within a minute.")


class SecretList(BaseModel):
    data: list[SecretShown]
    next: str | None


class StopAnswer(BaseModel):
    session_id: str
    problem: str | None = Field(description="Why it did not stop; null: it did.")


class StopAllAnswer(BaseModel):
    data: list[StopAnswer]
    next: str | None


class SessionEventShown(BaseModel):
    event: str
    word: str
    before: str
    after: str
    message: str
    happened_at: str | None
    arrived_at: str
    at: str


class SessionEventList(BaseModel):
    data: list[SessionEventShown]
    next: str | None


class SessionListQuery(Query):
    userId: str | None = Field(None, max_length=100)
    status: str | None = Field(
        None, max_length=50, description="A flag's name, a bucket of the summary, or a raw status."
    )


class SessionData(BaseModel):
    """S3.5."""

    sessionId: str
    status: str
    message: str | None
    qr: str | None
    qrImage: str | None
    userId: str | None
    createdAt: str
    updatedAt: str
    isConnected: bool
    needsQR: bool
    isLoading: bool
    hasError: bool


class SessionStatus(BaseModel):
    success: bool
    data: SessionData


class SessionItem(BaseModel):
    """S3.7."""

    sessionId: str
    status: str
    message: str | None
    qr: None
    userId: str | None
    createdAt: str
    updatedAt: str
    isConnected: bool
    needsQR: bool
    isLoading: bool
    hasError: bool
    hasQR: bool
    lastUpdated: str


class SessionSummary(BaseModel):
    connected: int
    disconnected: int
    loading: int
    needsQR: int
    error: int
    total: int


class SessionList(BaseModel):
    success: bool
    data: list[SessionItem]
    summary: SessionSummary
    timestamp: str


EXAMPLE_GATEWAY: dict[str, Any] = {
    "id": "01935a6e-0000-7000-8000-000000000010",
    "kind": "waha",
    "session_id": "shop",
    "base_url": "http://127.0.0.1:3000",
    "proof": "hmac_sha512",
    "user_id": "user-456",
    "status": "initial",
    "message": None,
    "phone": None,
    "webhook_url": "https://paperboy.example.com/api/whatsapp/webhook/shop",
    "capabilities": {
        "templates": False,
        "service_window": False,
        "callback_data": False,
        "retries_webhooks": True,
        "qr_in_events": False,
        "source_times": True,
    },
    "created_at": "2026-11-21T10:00:00.000000Z",
    "updated_at": "2026-11-21T10:00:00.000000Z",
}
EXAMPLE_SESSION: dict[str, Any] = {
    "sessionId": "shop",
    "status": "session_connected",
    "message": "WhatsApp session connected successfully",
    "qr": None,
    "qrImage": None,
    "userId": "user-456",
    "createdAt": "2026-11-21T10:00:00.000Z",
    "updatedAt": "2026-11-21T10:05:00.000Z",
    "isConnected": True,
    "needsQR": False,
    "isLoading": False,
    "hasError": False,
}
EXAMPLE_ITEM: dict[str, Any] = {
    **{name: value for name, value in EXAMPLE_SESSION.items() if name != "qrImage"},
    "hasQR": False,
    "lastUpdated": "2026-11-21T10:05:00.000Z",
}
