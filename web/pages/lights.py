"""The traffic lights of a connection: how each check is called, and how each state looks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from checks.result import CheckResult
from messaging.sentences import Sentence

TITLES: Final = {
    "token": Sentence("Access token"),
    "scopes": Sentence("Permissions"),
    "number": Sentence("Phone number"),
    "quality": Sentence("Quality and throughput"),
    "waba": Sentence("WhatsApp Business account"),
    "subscribed_app": Sentence("App subscribed"),
    "fields": Sentence("Webhook fields"),
    "active": Sentence("Sending"),
    "app_secret": Sentence("App secret"),
    "webhook_verified": Sentence("Webhook verified"),
    "last_event": Sentence("Last event"),
    "public_url": Sentence("Public address"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks, and how it is read out."""

    colour: str
    icon: str
    word: Sentence


LOOKS: Final = {
    "ok": Look("green", "circle-check", Sentence("In order")),
    "warning": Look("yellow", "alert-triangle", Sentence("Needs a look")),
    "error": Look("red", "alert-circle", Sentence("Broken")),
    "unknown": Look("secondary", "help-circle", Sentence("Not known")),
}


@dataclass(frozen=True, slots=True)
class Light:
    """One line of the connection card."""

    name: str
    title: Sentence
    look: Look
    detail: str
    advice: str
    checked_at: datetime | None
    """None: just now, or it needs no asking."""


def lights(results: list[CheckResult]) -> list[Light]:
    """Return checks as they are shown."""
    return [
        Light(result.name, TITLES[result.name], LOOKS[result.state], result.detail, result.advice, result.checked_at)
        for result in results
    ]
