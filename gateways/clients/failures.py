"""How a call to a gateway can fail: as any call, or the gateway said no."""

from enum import StrEnum

from wire.failures import CallFailure


class Verdict(StrEnum):
    """What a refusal means for the message it befell; all but the first are words used for Meta's refusals too."""

    DISCONNECTED = "disconnected"
    """The session is not connected to WhatsApp: nothing goes out until it is."""
    RETRY_LATER = "retry_later"
    """Too much was asked of the gateway: later, without using up the attempts."""
    CONFIG = "config"
    """An operator must act."""
    PERMANENT = "permanent"
    """This request never succeeds unchanged."""
    RECIPIENT = "recipient"
    """This person cannot be reached; others can."""


GatewayFailure = CallFailure
"""What every call of a gateway may raise: NotSent, OutcomeUnknown, Refused, NotSupported."""


class Refused(GatewayFailure):
    """The gateway said no. `details` are its own words, which may name the recipient."""

    def __init__(self, *, verdict: Verdict, title: str, http_status: int, details: str | None = None) -> None:
        super().__init__(f"HTTP {http_status}: {verdict}, {title}")
        self.verdict = verdict
        self.title = title
        self.http_status = http_status
        self.details = details


class NotSupported(GatewayFailure):
    """This kind of gateway has no such call."""
