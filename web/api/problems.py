"""Errors as the caller sees them: RFC 9457 problems, and the founding systems' own shape on their URLs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from db.changes.refusal import NotFoundError, Refusal
from db.encryption import EncryptionError
from observability import request_id
from observability.logging import get_logger
from web.api.database import PostgresGoneError
from web.api.surfaces import shape_of
from web.retry_after import RETRY_AFTER

PROBLEM_JSON = "application/problem+json"
MOST_FAULTS = 50
"""A body with more faults than this is wrong as a whole."""

CODES: Mapping[int, str] = {
    400: "bad_request",
    401: "unauthorized",
    403: "scope_missing",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "rate_limited",
    500: "internal_error",
    503: "database_unavailable",
}
"""The code of an error that has no more exact one."""

DETAILS: Mapping[int, str] = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "The body is larger than 1 MB.",
    500: "Something broke here. Report the request id to whoever runs this system.",
    503: "The database cannot be reached. Try again: the same Idempotency-Key or number is not sent twice.",
}

log = get_logger(__name__)


@dataclass(slots=True, frozen=True)
class Fault:
    """One thing that is wrong with the input; `pointer` is an RFC 6901 JSON pointer into it."""

    pointer: str
    detail: str


@dataclass(eq=False)
class Problem(Exception):
    """An error answer.

    Args:
        status: HTTP status.
        code: stable word for programs; default by status.
        detail: a sentence for people: no secret, no phone number, no part of a body.
        faults: what is wrong with the input.
        headers: more headers of the answer.
        more: further members of the problem, for programs (RFC 9457, extension members).
    """

    status: int
    code: str = ""
    detail: str = ""
    faults: Sequence[Fault] = ()
    headers: dict[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.code = self.code or CODES.get(self.status, "error")
        self.detail = self.detail or DETAILS.get(self.status, "")


def invalid(*faults: Fault) -> Problem:
    """Return the problem of refused input (422)."""
    detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} values are not valid."
    return Problem(422, detail=detail, faults=faults[:MOST_FAULTS])


def render(problem: Problem) -> Response:
    """Return a problem in the shape of the surface that was asked."""
    faults = [{"pointer": fault.pointer, "detail": _sentence(fault.detail)} for fault in problem.faults]
    detail = _sentence(problem.detail)
    shape = shape_of(request.path)
    status = problem.status
    if shape == "code":
        return _in_the_shape_of_s2(problem, detail)
    if shape != "problem":
        body: dict[str, Any] = {"success": False, "error": detail}
        if shape == "message":
            body["message"] = detail
        media_type = "application/json"
    else:
        body = {
            "type": "about:blank",
            "title": HTTPStatus(problem.status).phrase,
            "status": problem.status,
            "code": problem.code,
            "detail": detail,
            "request_id": request_id.current(),
            **problem.more,
        }
        media_type = PROBLEM_JSON
    if faults:
        body["errors"] = faults
    return Response(orjson.dumps(body), status, headers=problem.headers, content_type=media_type)


S2_CODES: Mapping[int, str] = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHORIZED",
    404: "NO_TENANT",
    422: "VALIDATION_ERROR",
    500: "INTERNAL_ERROR",
}
"""S2.2's words; others are written in their manner."""
S2_CHANNEL_CODES: Mapping[str, str] = {
    "channel_missing": "WHATSAPP_NOT_CONFIGURED",
    "channel_inactive": "WHATSAPP_DISABLED",
}
"""Our code → S2.2's; it calls both 400."""


def _in_the_shape_of_s2(problem: Problem, detail: str) -> Response:
    """Return {"error": {code, message}}; S2 calls refused input 400."""
    is_input = problem.status == HTTPStatus.UNPROCESSABLE_ENTITY or problem.code in S2_CHANNEL_CODES
    status = 400 if is_input else problem.status
    code = S2_CHANNEL_CODES.get(problem.code) or S2_CODES.get(problem.status, problem.code.upper())
    message = " ".join(_sentence(fault.detail) for fault in problem.faults) or detail
    body = {"error": {"code": code, "message": message}}
    return Response(orjson.dumps(body), status, headers=problem.headers, content_type="application/json")


def _sentence(detail: str) -> str:
    return detail[:1].upper() + detail[1:] + ("" if detail.endswith(".") else ".")


def register_error_handlers(app: Flask) -> None:
    """Make every error of the app a problem."""
    app.register_error_handler(Problem, render)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http_error)
    for unavailable in (OperationalError, InterfaceError, PoolTimeoutError, PostgresGoneError):
        app.register_error_handler(unavailable, _database_unavailable)
    app.register_error_handler(EncryptionError, _encryption_failed)
    app.register_error_handler(Exception, _internal_error)


def _refused(refusal: Refusal) -> Response:
    status = HTTPStatus.NOT_FOUND if isinstance(refusal, NotFoundError) else HTTPStatus.CONFLICT
    return render(Problem(status, refusal.code, refusal.detail))


def _http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return error.get_response()  # type: ignore[return-value]
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    detail = DETAILS.get(status) or (error.description or "")
    return render(Problem(status, detail=detail, headers=headers))


def _database_unavailable(error: Exception) -> Response:
    log.error("api.database_unavailable", error=type(getattr(error, "orig", None) or error).__name__)
    return render(Problem(503, headers=RETRY_AFTER))


def _encryption_failed(error: Exception) -> Response:
    log.error("api.encryption_failed", reason=str(error))
    return render(Problem(503, "encryption_unavailable", str(error)))


def _internal_error(error: Exception) -> Response:
    log.error("api.failed", error=type(error).__name__, exc_info=error)
    return render(Problem(500))
