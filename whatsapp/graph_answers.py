"""What an answer of the Graph API says: yes, no, or nothing that could be relied on."""

from dataclasses import dataclass, field
from typing import Any

import requests

from whatsapp.errors import classify
from whatsapp.graph_failures import Refused
from whatsapp.items import Json
from whatsapp.wire_values import error_code
from wire.failures import OutcomeUnknown
from wire.json_body import loads
from wire.values import string

_OK = range(200, 300)
_THROTTLED = 429
_SERVER_ERRORS = range(500, 600)


@dataclass(slots=True, frozen=True)
class SendAnswer:
    """Meta took the message over; that is no delivery."""

    wamid: str
    message_status: str | None
    """accepted | held_for_quality_assessment | paused; None when Meta says nothing (not a template)."""
    wa_id: str | None = field(repr=False)
    """Digits; may differ from the number sent to (Brazil, Mexico)."""
    bsuid: str | None = field(repr=False)
    http_status: int


def send_answer(response: requests.Response) -> SendAnswer:
    """Read the answer to a send.

    Raises:
        Refused: a Graph error, or 429 from whatever stands before it.
        OutcomeUnknown: anything that is neither a refusal nor a message id.
    """
    answer = clear_answer(response)
    message, contact = _first(answer.get("messages")), _first(answer.get("contacts"))
    wamid = string(message.get("id"))
    if wamid is None:
        raise OutcomeUnknown("no_message_id", response.status_code)
    return SendAnswer(
        wamid=wamid,
        message_status=string(message.get("message_status")),
        wa_id=string(contact.get("wa_id")),
        bsuid=string(contact.get("user_id")),
        http_status=response.status_code,
    )


def clear_answer(response: requests.Response) -> Json:
    """Return the body of an answer that says yes.

    Raises:
        Refused: a Graph error, or 429 from whatever stands before it.
        OutcomeUnknown: anything else.
    """
    status = response.status_code
    body = _json_object(response.content)
    error = body.get("error") if body is not None else None
    if status == _THROTTLED or (status not in _OK and isinstance(error, dict)):
        raise _refusal(error if isinstance(error, dict) else {}, status)
    if status in _SERVER_ERRORS:
        raise OutcomeUnknown("server_error", status)
    if body is None:
        raise OutcomeUnknown("not_json", status)
    if status not in _OK:
        raise OutcomeUnknown("unexpected_answer", status)
    if "error" in body:
        raise OutcomeUnknown("error_in_success", status)
    return body


def _json_object(content: bytes) -> Json | None:
    try:
        body = loads(content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _refusal(error: Json, status: int) -> Refused:
    """Read Meta's error object; `error_data` may be an object or a plain string (Meta: Error codes)."""
    code, transient, data = error_code(error.get("code")), error.get("is_transient"), error.get("error_data")
    is_transient = transient if isinstance(transient, bool) else None
    return Refused(
        code=code,
        subcode=error_code(error.get("error_subcode")),
        http_status=status,
        title=string(error.get("message")),
        details=string(data.get("details") if isinstance(data, dict) else data),
        user_message=string(error.get("error_user_msg")) or string(error.get("error_user_title")),
        fbtrace_id=string(error.get("fbtrace_id")),
        is_transient=is_transient,
        rule=classify(code, status, is_transient),
    )


def _first(value: Any) -> Json:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}
