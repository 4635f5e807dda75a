"""Graph's errors: one table of codes, and the exception that becomes the answer.

Source: Meta, "Error codes"; the HTTP column is from an older edition of that page.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

UNKNOWN_OBJECT_SUBCODE: Final = 33
EXPIRED_TOKEN_SUBCODE: Final = 463
HELP_PAGE: Final = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"

ERRORS: Final[Mapping[int, tuple[int, str]]] = {
    0: (401, "The app user could not be authenticated"),
    1: (400, "Invalid request or possible server error"),
    2: (503, "Service temporarily unavailable"),
    3: (500, "Capability or permission problem"),
    4: (400, "Application request limit reached"),
    10: (403, "Permission not granted or removed"),
    17: (429, "User request limit reached"),
    32: (429, "Page request limit reached"),
    33: (400, "The business phone number was deleted"),
    100: (400, "Invalid parameter"),
    104: (401, "An access token is required"),
    190: (401, "The access token is invalid or has expired"),
    200: (403, "Permission missing"),
    368: (403, "Temporarily blocked for policy violations"),
    613: (429, "Calls to this endpoint exceeded the rate limit"),
    803: (404, "Some of the requested ids do not exist"),
    2200: (400, "The callback URL could not be verified"),
    2500: (400, "Unknown path components"),
    80007: (400, "WhatsApp business account rate limit reached"),
    130403: (400, "The business blocked this user"),
    130429: (400, "Message throughput reached"),
    130472: (400, "The user's number is part of an experiment"),
    130497: (400, "The business may not message users of this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "A required parameter is missing"),
    131009: (400, "A parameter value is not valid"),
    131014: (400, "The media link could not be fetched"),
    131016: (500, "Service unavailable"),
    131020: (400, "The group is unknown"),
    131021: (400, "The recipient cannot be the sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "The recipient is not on the list of allowed numbers"),
    131031: (403, "The business account has been locked"),
    131037: (400, "The number needs an approved display name"),
    131042: (400, "Business eligibility: payment problem"),
    131044: (400, "Payment problem for calling"),
    131045: (500, "The number is not registered"),
    131047: (400, "More than 24 hours since the customer last wrote"),
    131048: (400, "Spam rate limit reached"),
    131049: (400, "Not delivered to keep the ecosystem healthy"),
    131050: (400, "The user stopped marketing messages from this business"),
    131051: (400, "Message type not supported"),
    131052: (400, "The media could not be downloaded"),
    131053: (400, "The media could not be uploaded"),
    131055: (400, "Method not allowed"),
    131056: (400, "Too many messages between this pair of numbers"),
    131057: (500, "The account is in maintenance"),
    131062: (400, "A business-scoped user id cannot receive this message"),
    131063: (400, "Marketing templates are disabled on this API"),
    131064: (400, "Limited because templates were misclassified"),
    132000: (400, "The number of template parameters does not match"),
    132001: (404, "The template does not exist in this language"),
    132005: (400, "The filled-in template text is too long"),
    132007: (400, "The template violates the content policy"),
    132008: (400, "A template parameter value is not valid"),
    132012: (400, "A template parameter has the wrong format"),
    132015: (400, "The template is paused for low quality"),
    132016: (400, "The template is disabled for low quality"),
    132018: (400, "The template's components or parameters are not valid"),
    132068: (400, "The flow is blocked"),
    132069: (400, "The flow is throttled"),
    133000: (500, "An earlier deregistration did not complete"),
    133004: (503, "The server is temporarily unavailable"),
    133005: (400, "The two-step PIN does not match"),
    133006: (400, "The number has to be verified again"),
    133008: (400, "Too many PIN guesses"),
    133009: (400, "PIN guessed too fast"),
    133010: (400, "The number is not registered"),
    133015: (400, "The number was deleted recently, wait five minutes"),
    133016: (400, "Too many attempts to register or deregister"),
    134011: (400, "Payments terms are not accepted yet"),
    134100: (400, "Only marketing messages are allowed here"),
    134101: (400, "The template is still being synchronised"),
    134102: (500, "The template is not available here"),
    135000: (400, "Generic user error"),
    137000: (400, "The recipient's identity key has changed"),
}

TRANSIENT: Final = frozenset({1, 2, 4, 17, 32, 613, 80007, 131000, 131016, 131057, 133004})
SPOKEN_AS_METHOD_ERROR: Final = "GraphMethodException"
SPOKEN_AS_ACCESS_ERROR: Final = "OAuthException"


@dataclass(slots=True)
class GraphError(Exception):
    """A refusal in Graph's terms; `details` and `message` may name the parameter but never its value."""

    code: int
    details: str | None = None
    message: str | None = None
    subcode: int | None = None
    http_status: int | None = None
    is_transient: bool | None = None
    kind: str = SPOKEN_AS_ACCESS_ERROR

    @property
    def status(self) -> int:
        return self.http_status or ERRORS.get(self.code, (HTTPStatus.BAD_REQUEST, ""))[0]

    def body(self) -> dict[str, Any]:
        """The JSON of the answer (Meta: Error codes)."""
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.message or title_of(self.code)}",
            "type": self.kind,
            "code": self.code,
        }
        if self.details is not None:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.is_transient is not None or self.code in TRANSIENT:
            error["is_transient"] = True if self.is_transient is None else self.is_transient
        error["fbtrace_id"] = new_trace_id()
        return {"error": error}


def title_of(code: int) -> str:
    """The title of a code, also of one that is not in the table."""
    return ERRORS.get(code, (HTTPStatus.BAD_REQUEST, "Unknown error"))[1]


def new_trace_id() -> str:
    """A fresh fbtrace_id."""
    return "A" + secrets.token_urlsafe(16)


def unknown_object(object_id: str) -> GraphError:
    """Graph's answer for an id that does not exist or that the token may not see."""
    return GraphError(
        100,
        message=f"Object '{object_id}' does not exist or the token has no permission for it",
        subcode=UNKNOWN_OBJECT_SUBCODE,
        kind=SPOKEN_AS_METHOD_ERROR,
    )


def status_errors(code: int, details: str) -> list[dict[str, Any]]:
    """`errors` of a failed status; title and message are the same text (Meta: Status messages)."""
    text = {"title": title_of(code), "message": title_of(code), "error_data": {"details": details}}
    return [{"code": code, **text, "href": HELP_PAGE}]
