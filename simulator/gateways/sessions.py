"""What a simulated gateway knows: its sessions, and what each sent and received."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

OUR_DIGITS = "18295550142"
NOT_ON_WHATSAPP_ENDING = "131026"
"""A number that ends so is not on WhatsApp, as in the Graph stand-in."""


@dataclass(slots=True, eq=False)
class WebMessage:
    """A message in a chat of the session; `chat` is digits@c.us, digits@lid or id@g.us."""

    id: str
    chat: str
    from_me: bool
    type: str
    body: str
    at: int
    author: str | None = None
    name: str = "Ana Peña"
    file: dict[str, str] | None = None
    is_file_held: bool = True
    """WAHA serves it; elsewhere it is always had from WhatsApp."""
    ack: int = 0
    accepted_at: float = 0.0

    @property
    def serialized(self) -> str:
        direction = "true" if self.from_me else "false"
        return f"{direction}_{self.chat}_{self.id}" + (f"_{self.author}" if self.author else "")

    def as_dict(self) -> dict[str, Any]:
        facts = {"id": self.id, "chat": self.chat, "type": self.type, "body": self.body, "file": self.file}
        return {**facts, "ack": self.ack, "accepted_at": self.accepted_at}


@dataclass(slots=True, eq=False)
class GatewaySession:
    """One session of one gateway."""

    kind: str
    name: str
    webhook_url: str
    secret: str
    state: str = "stopped"
    """stopped | starting | scan | connected | failed"""
    qr: str | None = None
    pairing_code: str | None = None
    sent: list[WebMessage] = field(default_factory=list)
    received: list[WebMessage] = field(default_factory=list)

    @property
    def is_connected(self) -> bool:
        return self.state == "connected"

    def new_qr(self) -> str:
        """A fresh QR, shaped like WhatsApp's: a version and base64 parts."""
        self.qr = "2@" + ",".join(secrets.token_urlsafe(length) for length in (64, 32, 32, 24))
        return self.qr

    def new_pairing_code(self) -> str:
        """A fresh pairing code: eight characters."""
        self.pairing_code = secrets.token_hex(4).upper()
        return self.pairing_code

    def find(self, message_id: str) -> WebMessage | None:
        """A message of either direction by its bare id."""
        return next((one for one in (*self.sent, *self.received) if one.id == message_id), None)

    def as_dict(self) -> dict[str, Any]:
        messages = {"sent": [one.as_dict() for one in self.sent], "received": [one.as_dict() for one in self.received]}
        return {"kind": self.kind, "session": self.name, "state": self.state, "qr": self.qr, **messages}


def new_message_id() -> str:
    """An id as WhatsApp Web makes them."""
    return "3EB0" + secrets.token_hex(9).upper()


def outgoing(chat: str, kind: str, body: str, file: dict[str, str] | None = None) -> WebMessage:
    """A message that the session sends now."""
    now = time.time()
    return WebMessage(new_message_id(), chat, True, kind, body, int(now), file=file, accepted_at=now)


def is_on_whatsapp(chat: str) -> bool:
    """False for numbers that nobody has."""
    return not chat.partition("@")[0].endswith(NOT_ON_WHATSAPP_ENDING)
