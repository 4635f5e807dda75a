"""GET /message-status/{id} and /message-statuses (S4.3, S4.4)."""

from typing import Any, Final

import orjson
from flask import Response

from db.queries import messages
from db.queries.messages import Filters
from web.api.answers import json_answer, moment
from web.api.auth import current_tenant
from web.api.message_lookup import look_up
from web.api.services import services

MOST_STATUSES = 1_000
"""The origin told all it had since its last start; older ones are in GET /v1/messages."""
NOT_FOUND: Final[dict[str, Any]] = {
    "success": False,
    "error": "Message status not found",
    "note": "Only messages sent through this service are known here.",
}


def message_status(message_id: str) -> Response:
    """Return the status of a message by our id or wamid; 404 in the founding shape."""
    with services().database.connect() as connection:
        row = look_up(connection, current_tenant(), message_id)
    if row is None or row.direction != "outbound":
        return Response(orjson.dumps(NOT_FOUND), 404, content_type="application/json")
    return json_answer({"success": True, **_status(row)})


def message_statuses() -> Response:
    """Return the statuses of the latest messages, newest first."""
    with services().database.connect() as connection:
        rows = messages.list_newest(connection, current_tenant(), Filters(direction="outbound"), MOST_STATUSES)
    return json_answer({"success": True, "count": len(rows), "statuses": [_entry(row) for row in rows]})


def _entry(row: Any) -> dict[str, Any]:
    return {**_status(row), "messageType": row.type, "templateName": row.template_name}


def _status(row: Any) -> dict[str, Any]:
    return {
        "messageId": str(row.id),
        "status": row.status,
        "timestamp": moment(getattr(row, f"{row.status}_at", None) or row.created_at),
        "recipientId": row.contact_phone.removeprefix("+") if row.contact_phone else row.contact_bsuid,
        "lastUpdated": moment(row.updated_at),
    }
