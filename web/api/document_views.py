"""Documents as JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from messaging.documents import DocumentFacts
from web.api.answers import moment, money

NO_BALANCE_DUE = "No balance due"
"""S4.8."""


def shown(document: Any, messages: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a document (a row, or one that is about to be) with its messages."""
    return {
        "id": str(document.id),
        "kind": document.kind,
        "number": document.number,
        "customer": {"name": document.customer_name},
        "amount": money(document.amount, document.currency),
        "currency": document.currency,
        "period": document.period,
        "due_date": _day(document.due_date),
        "valid_until": _day(document.valid_until),
        "link": document.link,
        "document_url": document.document_url,
        "created_at": moment(document.created_at),
        "messages": list(messages),
    }


def message(row: Any) -> dict[str, Any]:
    """Return one of its messages."""
    return {"id": str(row.id), "to": row.contact_phone, "status": row.status}


def nothing_due(kind: str, number: str) -> dict[str, Any]:
    """Return the answer to a document that asks for nothing (S4.8)."""
    return {"id": None, "kind": kind, "number": number, "messages": [], "reason": NO_BALANCE_DUE}


COMPARED = ("customer_name", "amount", "currency", "period", "due_date", "valid_until", "link")


def differences(first: Any, facts: DocumentFacts, document_url: str | None) -> list[str]:
    """Return what differs between the stored document and the one asked for now, by name."""
    names = [name for name in COMPARED if getattr(first, name) != getattr(facts, name)]
    names += ["document_url"] if first.document_url != document_url else []
    return ["customer.name" if name == "customer_name" else name for name in names]


def differing_phone(messages: Sequence[Any], phone: str) -> list[str]:
    """Return "customer.phone" when the first went to somebody else."""
    return [] if any(row.contact_phone == phone for row in messages) else ["customer.phone"]


def _day(day: Any) -> str | None:
    return None if day is None else day.isoformat()
