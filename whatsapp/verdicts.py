"""The words in which an error of Meta's is judged."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """What an error means for the message it befell."""

    RETRY = "retry"
    """Transient: a few more attempts, with growing pauses."""
    RETRY_LATER = "retry_later"
    """A rate limit: later, without using up the attempts."""
    CONFIG = "config"
    """An operator must act; until then what the scope names stands still."""
    PERMANENT = "permanent"
    """This request never succeeds unchanged."""
    RECIPIENT = "recipient"
    """This person cannot be reached now; others can."""


class Scope(StrEnum):
    """How far an error reaches."""

    MESSAGE = "message"
    PAIR = "pair"
    """One of our numbers with one recipient."""
    RECIPIENT = "recipient"
    NUMBER = "number"
    WABA = "waba"
    APP = "app"
    TEMPLATE = "template"
    CHANNEL = "channel"
    """Our credentials for a number."""


@dataclass(slots=True, frozen=True, kw_only=True)
class ErrorRule:
    """How an error is judged."""

    code: int | None
    """None: the rule of a range, of an HTTP status, or of codes nobody knows."""
    title: str
    verdict: Verdict
    scope: Scope
    advice: str
    """What a business person should do, in plain words."""
    first_delay: timedelta | None = None
    """Not before this time; None: the general backoff."""
    max_attempts: int | None = None
    """Attempts in all, the first included; None: the general number."""
    uncertain: bool = False
    """The message may have gone out all the same: never resend blindly."""
    precludes_sending: bool = False
    """It names what kept the message from being sent, so that no HTTP status makes it doubtful."""
    alert: bool = False
    """A person must see it, although the message alone does not show why."""
