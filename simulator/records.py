"""What the simulator remembers: business numbers, accepted sends, messages that customers wrote, media."""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from simulator import defaults
from simulator.identity import Recipient

WAMID_PREFIX = "wamid."
SHORTEST_WAMID = 20


@dataclass(frozen=True, slots=True)
class BusinessNumber:
    """A sender: `display_phone_number` as Meta shows it, `digits` as webhooks carry it."""

    phone_number_id: str
    display_phone_number: str
    waba_id: str = defaults.WABA_ID
    calling_code: str = defaults.COUNTRY_CALLING_CODE

    @property
    def phone(self) -> str:
        return "+" + self.digits

    @property
    def digits(self) -> str:
        return "".join(character for character in self.display_phone_number if character.isdigit())

    @property
    def metadata(self) -> dict[str, str]:
        return {"display_phone_number": self.digits, "phone_number_id": self.phone_number_id}


@dataclass(slots=True, eq=False)
class Send:
    """One accepted message: a line of the ground truth. `statuses` are the receipts answered with 200."""

    wamid: str
    number: BusinessNumber
    recipient: Recipient
    callback_data: str | None
    accepted_at: float
    raw: bytes = b"{}"
    fault: str | None = None
    statuses: list[str] = field(default_factory=list)

    @property
    def to(self) -> str:
        return self.recipient.name

    @property
    def phone_number_id(self) -> str:
        return self.number.phone_number_id

    def note(self, status: str) -> None:
        """A receipt with this status was answered with 200."""
        if status not in self.statuses:
            self.statuses.append(status)

    def as_dict(self) -> dict[str, Any]:
        return {
            "callback_data": self.callback_data,
            "to": self.to,
            "wamid": self.wamid,
            "accepted_at": rfc3339(self.accepted_at),
            "body": orjson.Fragment(self.raw),
            "phone_number_id": self.phone_number_id,
            "fault": self.fault,
            "statuses": self.statuses,
        }


@dataclass(slots=True, eq=False)
class Written:
    """One message a customer wrote; `acknowledged` counts the copies answered with 200."""

    wamid: str
    sender: str
    type: str
    phone_number_id: str
    acknowledged: int = 0

    def note(self) -> None:
        """A copy of it was answered with 200."""
        self.acknowledged += 1

    def as_dict(self) -> dict[str, Any]:
        return {
            "wamid": self.wamid,
            "from": self.sender,
            "type": self.type,
            "phone_number_id": self.phone_number_id,
            "acknowledged": self.acknowledged,
        }


@dataclass(frozen=True, slots=True)
class ReadMark:
    """A customer's message that was marked as read; `typing`: an answer is being written."""

    wamid: str
    typing: bool


@dataclass(frozen=True, slots=True)
class Media:
    """An uploaded file; `sha256` in base64."""

    media_id: str
    mime_type: str
    content: bytes
    sha256: str


def new_wamid(user: str) -> str:
    """An id shaped like Meta's: base64 of the user and 18 hexadecimal digits."""
    digits = secrets.token_hex(9).upper().encode()
    content = b"\x1c\x18" + user.encode() + b"\x15\x02\x00\x11\x18\x12" + digits + b"\x00"
    return WAMID_PREFIX + base64.b64encode(content).decode("ascii")


def looks_like_wamid(text: Any) -> bool:
    """True for what has the form of a message id."""
    return isinstance(text, str) and text.startswith(WAMID_PREFIX) and len(text) >= SHORTEST_WAMID


def rfc3339(moment: float) -> str:
    """Unix seconds as RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
