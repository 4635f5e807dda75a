"""How far a message is, in plain words: the steps it takes, and what to do when it takes them no more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from messaging.ladder import RANK
from messaging.phone import mask
from messaging.sentences import Sentence
from web.api.message_views import shown

WATCHED_FOR: Final = timedelta(minutes=15)
"""A page that is left open stops asking: who has not looked at the phone by then is not about to."""
OVER: Final = frozenset({"read", "played", "failed", "cancelled"})
STEPS: Final[Mapping[str, tuple[Sentence, Sentence]]] = {
    "queued": (Sentence("Queued"), Sentence("Taken in here.")),
    "accepted": (Sentence("Accepted"), Sentence("Taken by Meta.")),
    "sent": (Sentence("Sent"), Sentence("Passed on to the phone.")),
    "delivered": (Sentence("Delivered"), Sentence("Arrived on the phone.")),
    "read": (Sentence("Read"), Sentence("Opened by somebody.")),
}
PASSED_BY: Final[Mapping[str, str]] = {"accepted": "accepted_at", "sent": "sent_at", "delivered": "delivered_at"}
WAITS_FOR_THE_NUMBER: Final = Sentence("Meta has stopped this number: it goes out once the number sends again.")
NOTES: Final[Mapping[str, Sentence]] = {
    "unknown": Sentence("Meta's answer was lost. Meta's report will tell whether it went out; it is not repeated."),
    "held": Sentence("Meta holds it back to check the template's quality. Nothing needs to be done."),
    "delivered": Sentence("Open the chat on the phone to see it read."),
    "cancelled": Sentence("It was cancelled before it was sent."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way."""

    status: str
    title: Sentence
    detail: Sentence
    is_reached: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a message is."""

    message_id: UUID
    number: str
    phone: str
    """As it may be shown on a screen."""
    status: str
    steps: tuple[Step, ...]
    note: Sentence | None
    has_failed: bool
    is_watched: bool
    """More may be told soon."""


def progress(row: Any, channel: Any, now: datetime) -> Progress:
    """Return where a message is.

    Args:
        row: of db.queries.messages.find.
        channel: of db.queries.channel_list.find.
        now: until when it has been watched.
    """
    return Progress(
        message_id=row.id,
        number=row.client_reference or "",
        phone=mask(row.contact_phone or ""),
        status=row.status,
        steps=tuple(_steps(row)),
        note=_note(row, channel),
        has_failed=row.status == "failed",
        is_watched=row.status not in OVER and now - row.created_at < WATCHED_FOR,
    )


def _steps(row: Any) -> Iterator[Step]:
    """A phone with the chat open reports the reading alone: what lies below it is reached as well."""
    rank = RANK.get(row.status, RANK["queued"])
    moments = {"queued": row.created_at, "read": row.read_at or row.played_at}
    for status, (title, detail) in STEPS.items():
        at = moments[status] if status in moments else getattr(row, PASSED_BY[status])
        yield Step(status, title, detail, at is not None or rank >= RANK[status], at)


def _note(row: Any, channel: Any) -> Sentence | None:
    if row.status == "failed":
        return _failure(shown(row)["error"])
    if row.status == "queued" and channel.paused_at is not None:
        return WAITS_FOR_THE_NUMBER
    return NOTES.get(row.status)


def _failure(told: Mapping[str, Any] | None) -> Sentence:
    code, advice = (told["code"], told["advice"]) if told else (None, "")
    if code is None:
        return Sentence("It failed. {advice}", advice=advice)
    return Sentence("It failed (Meta's error {code}). {advice}", code=code, advice=advice)
