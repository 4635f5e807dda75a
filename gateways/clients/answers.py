"""What an answer of a gateway says: yes, no, or nothing that could be relied on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from gateways.clients.failures import Refused, Verdict
from gateways.items import Json
from gateways.kinds import Kind
from wire.failures import OutcomeUnknown
from wire.json_body import loads

_OK = range(200, 300)
_CLIENT_ERRORS = range(400, 500)
_READ_CHARACTERS = 4096
"""An answer may be a page of HTML; what decides stands at its beginning."""


@dataclass(slots=True, frozen=True)
class Refusal:
    """How a gateway says one kind of no."""

    http_statuses: frozenset[int]
    marker: str
    """Stands in the answer, in lower case; "" fits every answer."""
    verdict: Verdict
    title: str


def _refusal(http_statuses: Sequence[int], marker: str, verdict: Verdict, title: str) -> Refusal:
    return Refusal(frozenset(http_statuses), marker, verdict, title)


NOT_CONNECTED = "The session is not connected to WhatsApp"
NO_SESSION = "The gateway does not know the session"
NOT_ON_WHATSAPP = "The number is not on WhatsApp"
WRONG_KEY = "The gateway refused our key"
TOO_MANY = "The gateway wants fewer requests"

COMMON = (
    _refusal([429], "", Verdict.RETRY_LATER, TOO_MANY),
    _refusal([401, 403], "", Verdict.CONFIG, WRONG_KEY),
)

REFUSALS: Mapping[Kind, tuple[Refusal, ...]] = {
    Kind.WWEBJS: (
        _refusal([404], "session_not_connected", Verdict.DISCONNECTED, NOT_CONNECTED),
        _refusal([404], "browser tab closed", Verdict.DISCONNECTED, NOT_CONNECTED),
        _refusal([404], "session_not_found", Verdict.CONFIG, NO_SESSION),
        # whatsapp-web.js looks the number up before it sends.
        _refusal([500], "no lid for user", Verdict.RECIPIENT, NOT_ON_WHATSAPP),
        _refusal([500], "invalid wid", Verdict.RECIPIENT, NOT_ON_WHATSAPP),
    ),
    Kind.WAHA: (
        _refusal([422], "session status is not as expected", Verdict.DISCONNECTED, NOT_CONNECTED),
        _refusal([404, 422], "session", Verdict.CONFIG, NO_SESSION),
        _refusal([500], "no lid for user", Verdict.RECIPIENT, NOT_ON_WHATSAPP),
    ),
    Kind.EVOLUTION: (
        _refusal([400], '"exists":false', Verdict.RECIPIENT, NOT_ON_WHATSAPP),
        _refusal([400], "connection closed", Verdict.DISCONNECTED, NOT_CONNECTED),
        _refusal([400], "is not connected", Verdict.DISCONNECTED, NOT_CONNECTED),
        _refusal([400, 404], "does not exist", Verdict.CONFIG, NO_SESSION),
    ),
    Kind.WPPCONNECT: (
        # statusConnection answers before the message is touched, in Portuguese; `status` is what can be relied on.
        _refusal([404], '"status":"disconnected"', Verdict.DISCONNECTED, NOT_CONNECTED),
        _refusal([400], '"status":"connected"', Verdict.RECIPIENT, NOT_ON_WHATSAPP),
    ),
}


def clear_answer(response: requests.Response, kind: Kind) -> Any:
    """Return the JSON of an answer that says yes.

    Raises:
        Refused, OutcomeUnknown: as `raise_unless_clear`; also OutcomeUnknown when it is no JSON.
    """
    raise_unless_clear(response, kind)
    return _json(response)


def raise_unless_clear(response: requests.Response, kind: Kind) -> None:
    """Let an answer pass that says yes.

    Raises:
        Refused: one of REFUSALS, or any other HTTP 4xx.
        OutcomeUnknown: anything else; a gateway's 500 may come after the message has left.
    """
    status = response.status_code
    if status in _OK:
        return
    beginning = response.text[:_READ_CHARACTERS]
    refusal = _matching(kind, status, "".join(beginning.lower().split(" ")), beginning.lower())
    if refusal is not None:
        raise Refused(verdict=refusal.verdict, title=refusal.title, http_status=status, details=beginning)
    if status in _CLIENT_ERRORS:
        title = "The gateway refused the request"
        raise Refused(verdict=Verdict.PERMANENT, title=title, http_status=status, details=beginning)
    raise OutcomeUnknown("server_error", status)


def json_object_of(answer: Any) -> Json:
    """Return an answer that has to be an object.

    Raises:
        OutcomeUnknown: it is none.
    """
    if not isinstance(answer, dict):
        raise OutcomeUnknown("unexpected_answer")
    return answer


def _matching(kind: Kind, status: int, compact: str, text: str) -> Refusal | None:
    for refusal in (*REFUSALS[kind], *COMMON):
        if status in refusal.http_statuses and (refusal.marker in text or refusal.marker in compact):
            return refusal
    return None


def _json(response: requests.Response) -> Any:
    try:
        return loads(response.content) if response.content else {}
    except ValueError:
        failure = OutcomeUnknown("not_json", response.status_code)
    raise failure
