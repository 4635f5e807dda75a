"""Invoices and quotes: their kinds and steps, what they say, and the key that sends each of them once."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

KINDS = ("invoice", "quote")

# In rising order; a document is sent once per step and recipient.
STEPS = ("initial", "notice", "reminder", "last_reminder")

# What founding callers send as templateType, in both spellings they have used (S4.10).
FOUNDING_STEPS: Mapping[str, str] = {
    "invoice": "initial",
    "rentcall": "notice",
    "paymentNotice": "notice",
    "rentcall_reminder": "reminder",
    "paymentReminder": "reminder",
    "rentcall_last_reminder": "last_reminder",
    "finalNotice": "last_reminder",
}

# 16 hex digits: among a million documents the chance that any two share a number is 1 in 37 million.
FOUNDING_NUMBER_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What a business system tells about one invoice or quote; None where it told nothing."""

    customer_name: str
    amount: Decimal
    currency: str
    number: str | None = None
    period: str | None = None
    due_date: date | None = None
    valid_until: date | None = None
    link: str | None = None
    organisation: str | None = None
    days_overdue: int | None = None


def dedupe_key(tenant_id: str, kind: str, number: str, step: str, recipient: str) -> str:
    """Return the key under which a document goes to a recipient once; a digest, so it shows no phone number.

    Args:
        tenant_id: the tenant.
        kind: one of KINDS.
        number: the document's number; surplus spaces and the Unicode form do not count, letter case does.
        step: one of STEPS.
        recipient: E.164 phone number or BSUID.

    Raises:
        ValueError: no such kind or step.
    """
    if kind not in KINDS or step not in STEPS:
        raise ValueError(f"no document kind and step: {kind}, {step}")
    return _digest([tenant_id, kind, _canonical(number), step, recipient])


def founding_number(facts: DocumentFacts) -> str:
    """Return a number for an invoice that came without one (S4.5): the same content, the same number.

    Days overdue grow daily, and the query of a link may carry a fresh token with every request: neither makes
    it another invoice.
    """
    content = [
        _canonical(facts.customer_name),
        _canonical(facts.period or ""),
        f"{facts.amount.normalize():f}",
        facts.currency,
        facts.due_date.isoformat() if facts.due_date else "",
        (facts.link or "").partition("#")[0].partition("?")[0],
        _canonical(facts.organisation or ""),
    ]
    return f"F-{_digest(content)[:FOUNDING_NUMBER_DIGITS]}"


def _canonical(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
