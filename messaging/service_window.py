"""The customer service window: free text is allowed for 24 hours after a customer wrote (Meta: Service messages).

It belongs to one of our numbers and one contact, and it is counted from Meta's timestamp of the message, not from when
the webhook came: after an outage webhooks are days late, and the window they speak of is over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)

MARGIN = timedelta(minutes=2)
"""The window is taken for closed this much earlier: a message still waits for its turn, and Meta's clock decides."""

MOST_SUGGESTED = 10
"""Templates named in a refusal; more are a list nobody reads."""

OPENING_TYPES = frozenset(
    {
        "text",
        "image",
        "video",
        "audio",
        "document",
        "sticker",
        "location",
        "contacts",
        "interactive",
        "button",
        "order",
        "request_welcome",
    }
)
"""What counts as a customer's message. Meta does not say whether a reaction or an edit does: assumed not, since a
refusal here names another way while one by Meta comes minutes later as a failed message. `unsupported` and `unknown`
may be anything."""

# Authentication templates answer a login; they are no substitute for a text.
SUGGESTED_CATEGORIES = ("UTILITY", "MARKETING")


@dataclass(frozen=True, slots=True)
class KnownTemplate:
    """A template as Meta last told it; `category` UTILITY, MARKETING or AUTHENTICATION, None when it is not known."""

    name: str
    language: str
    status: str
    category: str | None


def opens_window(message_type: str, *, is_group: bool) -> bool:
    """Tell whether a customer's message opens the window; in a group nothing does."""
    return message_type in OPENING_TYPES and not is_group


def closes_at(written: Iterable[datetime], now: datetime) -> datetime | None:
    """Return when the window closes after messages of a customer, None when there are none.

    Args:
        written: Meta's times of messages that open the window, in any order.
        now: a time beyond it (a clock that is ahead) counts as now.
    """
    latest = max(written, default=None)
    return None if latest is None else min(latest, now) + WINDOW


def is_open(window_closes_at: datetime | None, now: datetime) -> bool:
    """Tell whether free text may be sent now."""
    return window_closes_at is not None and now < window_closes_at - MARGIN


def templates_that_would_do(
    templates: Iterable[KnownTemplate], *, languages: Sequence[str] = (), marketing_allowed: bool = True
) -> list[KnownTemplate]:
    """Return approved templates that may be sent in place of a text: utility first, then by language and name.

    Args:
        templates: those of the number's account.
        languages: codes that the contact would understand, best first; the others follow.
        marketing_allowed: False leaves marketing out, which would be dropped at this contact.
    """
    preferred = [_language_key(language) for language in languages]
    usable = [
        template
        for template in templates
        if template.status == "APPROVED"
        and template.category in SUGGESTED_CATEGORIES
        and (marketing_allowed or template.category != "MARKETING")
    ]

    def rank(template: KnownTemplate) -> tuple[int, int, str, str]:
        language = _language_key(template.language)
        position = preferred.index(language) if language in preferred else len(preferred)
        return SUGGESTED_CATEGORIES.index(template.category or ""), position, template.name, template.language

    return sorted(usable, key=rank)[:MOST_SUGGESTED]


def _language_key(code: str) -> str:
    return code.replace("-", "_").casefold()
