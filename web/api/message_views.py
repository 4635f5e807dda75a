"""Messages as JSON: what they are, what was tried, what happened when."""

from collections.abc import Iterable, Sequence
from typing import Any

from db.queries.messages import NewMessage
from messaging.ladder import RANK
from messaging.sentences import Sentence
from web.api.answers import identifier, moment
from whatsapp.errors import Verdict, classify

BY_WORKER = ("accepted", "held")
BY_META = ("sent", "delivered", "read", "played")
"""Statuses with a column of their own in messages, by who reports them."""
PASSING = (Verdict.RETRY, Verdict.RETRY_LATER)
EXHAUSTED = Sentence("It was tried as often as makes sense. When the cause has passed, have it sent again.")
_LAST = len(RANK)


def shown(row: Any) -> dict[str, Any]:
    """Return a message as lists show it."""
    contact = row.contact_phone or row.contact_bsuid
    is_outbound = row.direction == "outbound"
    template = {"name": row.template_name, "language": row.template_language} if row.template_name else None
    return {
        "id": str(row.id),
        "wamid": row.wamid,
        "direction": row.direction,
        "to": contact if is_outbound else None,
        "from": None if is_outbound else contact,
        "type": row.type,
        "status": row.status,
        "text": row.text,
        "template": template,
        "client_reference": row.client_reference,
        "document_id": identifier(row.document_id),
        "error": _error(row, is_over=row.status == "failed"),
        "anomaly": row.anomaly,
        "scheduled_at": moment(row.scheduled_at),
        "created_at": moment(row.created_at),
    }


def queued(message: NewMessage) -> dict[str, Any]:
    """Return a message as `shown` will, before it is stored."""
    template = message.content.get("template")
    return {
        "id": str(message.id),
        "wamid": None,
        "direction": "outbound",
        "to": message.contact_phone or message.contact_bsuid,
        "from": None,
        "type": message.type,
        "status": message.status,
        "text": message.text,
        "template": template and {"name": template["name"], "language": template["language"]["code"]},
        "client_reference": message.client_reference,
        "document_id": identifier(message.document_id),
        "error": None,
        "anomaly": None,
        "scheduled_at": moment(message.scheduled_at),
        "created_at": moment(message.created_at),
    }


def with_history(row: Any, attempts: Sequence[Any]) -> dict[str, Any]:
    """Return a message with its attempts and its timeline."""
    return {**shown(row), "attempts": [_attempt(attempt) for attempt in attempts], "timeline": timeline(row, attempts)}


def timeline(row: Any, attempts: Sequence[Any]) -> list[dict[str, Any]]:
    """Return each status that the message reached, once, at its earliest time, in the order of the ladder.

    Not in the order of time: Meta's stamps are whole seconds, so that it seems to have sent before it accepted.
    """
    steps = [step for step in _steps(row, attempts) if step[1] is not None]
    steps.sort(key=lambda step: RANK.get(step[0], _LAST))
    return [{"status": status, "at": moment(at), "source": source} for status, at, source in steps]


def _steps(row: Any, attempts: Sequence[Any]) -> Iterable[tuple[str, Any, str]]:
    if row.direction == "outbound":
        yield ("scheduled" if row.scheduled_at else "queued"), row.created_at, "api"
    elif row.status not in BY_META or getattr(row, f"{row.status}_at") is None:
        yield row.status, row.created_at, "meta"
    yield (
        "unknown",
        min((one.ended_at for one in attempts if one.outcome == "unknown" and one.ended_at), default=None),
        "worker",
    )
    for status in BY_WORKER:
        yield status, getattr(row, f"{status}_at"), "worker"
    for status in BY_META:
        yield status, getattr(row, f"{status}_at"), "meta"
    yield "failed", row.failed_at, "worker" if attempts and attempts[-1].outcome == "failed" else "meta"
    yield "cancelled", row.cancelled_at, "api"


def _attempt(attempt: Any) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "started_at": moment(attempt.started_at),
        "ended_at": moment(attempt.ended_at),
        "outcome": attempt.outcome,
        "http_status": attempt.http_status,
        "error": _error(attempt),
    }


def _error(row: Any, *, is_over: bool = False) -> dict[str, Any] | None:
    """Return what went wrong; `is_over`: nothing more happens by itself."""
    if row.error_code is None and row.error_title is None:
        return None
    rule = classify(row.error_code)
    return {
        "code": row.error_code,
        "title": row.error_title or rule.title,
        "detail": row.error_detail,
        "advice": EXHAUSTED if is_over and rule.verdict in PASSING else rule.advice,
    }
