"""Statuses of a send as webhooks of version 24 and later carry them (Meta: Status messages)."""

from functools import partial
from typing import Any, Final

from simulator.errors import status_errors
from simulator.records import Send
from simulator.updates import Update

PRICED_STATUSES: Final = frozenset({"sent", "delivered"})


def receipt(send: Send, status: str, at: float, category: str) -> Update:
    """A receipt other than failed.

    at: unix seconds it is dated. category: the template's, or "service" for free-form messages.
    """
    body, to = _body(send, status, at), send.recipient
    contact = {"user_id": to.bsuid}
    if to.wa_id is not None:
        body["recipient_id"] = contact["wa_id"] = to.wa_id
    body["recipient_user_id"] = to.bsuid
    if status in PRICED_STATUSES:
        body["pricing"] = pricing(category)
    return Update("statuses", body, send.number, contact, on_acknowledged=partial(send.note, status))


def failure(send: Send, code: int, details: str, at: float) -> Update:
    """A failed receipt: no contacts, and no user id when the message was addressed to a phone."""
    body, to = _body(send, "failed", at), send.recipient
    if to.wa_id is not None:
        body["recipient_id"] = to.wa_id
    else:
        body["recipient_user_id"] = to.bsuid
    body["errors"] = status_errors(code, details)
    return Update("statuses", body, send.number, on_acknowledged=partial(send.note, "failed"))


def pricing(category: str) -> dict[str, Any]:
    """Regular for service messages too: they are billed since 2026-10-01."""
    return {"billable": True, "pricing_model": "PMP", "type": "regular", "category": category}


def _body(send: Send, status: str, at: float) -> dict[str, Any]:
    body: dict[str, Any] = {"id": send.wamid, "status": status, "timestamp": str(int(at))}
    if send.callback_data is not None:
        body["biz_opaque_callback_data"] = send.callback_data
    return body
