"""How a call to a gateway can fail: it did not leave, nobody knows, or the gateway said no.

Texts hold no key, phone number or body. Transport errors carry URLs and headers: none is chained.
"""

from enum import StrEnum


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


class GatewayFailure(Exception):
    """A call did not bring what it should."""


class NotSent(GatewayFailure):
    """The request provably did not leave: refused, no address, no connection in time, no TLS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutcomeUnknown(GatewayFailure):
    """The request may have had its effect: an answer is missing, or says neither yes nor no."""

    def __init__(self, reason: str, http_status: int | None = None) -> None:
        super().__init__(reason, http_status)
        self.reason = reason
        self.http_status = http_status


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
