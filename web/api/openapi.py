"""The OpenAPI description: what APIFlask gathers from the views, and what holds for every route."""

import copy
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from apiflask import APIFlask
from pydantic import BaseModel

from observability.request_id import HEADER as REQUEST_ID
from web.api import examples, idempotency
from web.api.problems import CODES, PROBLEM_JSON
from web.api.schemas.documents import DocumentRepeated, NothingDue
from web.api.schemas.founding import FAILURE
from web.api.surfaces import Shape, shape_of

DESCRIPTION: Final = """
Delivers invoices and quotes over WhatsApp and brings back the proof.

Every call needs `Authorization: Bearer <API key>`. A key has scopes: `send` for POST, `read` for GET, and `settings`
for all of API keys, users and the audit log. Times are RFC 3339 in UTC, ids are UUIDv7, money is a decimal string.
Errors are `application/problem+json` (RFC 9457) with a stable `code`. Lists are paged by `next` → `cursor`.
A request that creates something may carry an `Idempotency-Key`: asked again with the same key and body, it gets the
first answer again and does nothing.
"""

PUBLIC: Final = frozenset({"/health", "/health/live", "/health/ready", "/api/v2/whatsapp/health"})
"""Paths of the description that need no key."""
CREATING: Final = frozenset(
    {"/v1/messages", "/v1/invoices", "/v1/quotes", "/send-invoice", "/send-message", "/send-template"}
)

BESIDE: Final = "paperboy described beside"
"""Extension with the described paths that other apps of the same address serve."""

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "A stable word for programs."},
        "detail": {"type": "string", "description": "A sentence for people."},
        "request_id": {"type": "string"},
        "errors": FAILURE["properties"]["errors"],
    },
}

CODED_FAILURE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}
"""S2.2."""

EVERYWHERE: Final = {
    429: "Too many requests for this API key.",
    500: "Something broke here.",
    503: "The database cannot be reached.",
}
WITH_KEY: Final = {401: "No valid API key.", 403: "The API key lacks the scope."}
WITH_BODY: Final = {
    400: "The body is no JSON, or the Idempotency-Key is malformed.",
    409: "It cannot be done now.",
    413: "The body is larger than 1 MB.",
    415: "The body is not declared as JSON.",
}
WITH_INPUT: Final = {422: "Refused input; nothing was stored, nothing sent."}
ROUTES_OWN: Final = (404, 409)
"""Errors that routes describe themselves, in the shape of all."""
WITH_PATH: Final = {404: "There is no such thing."}

RETRY_AFTER: Final = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
HEADERS_OF: Final = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: RETRY_AFTER,
    503: RETRY_AFTER,
}
IDEMPOTENCY_PARAMETER: Final = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": "The same key and body again get the first answer again; the same key with another body is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
}


def describe(app: APIFlask) -> None:
    """Make `app.spec` complete: security, errors, headers."""
    app.config["AUTO_VALIDATION_ERROR_RESPONSE"] = False
    app.config["AUTO_AUTH_ERROR_RESPONSE"] = False
    app.config["AUTO_404_RESPONSE"] = False
    app.config["AUTO_OPERATION_ID"] = True
    app.config["DESCRIPTION"] = DESCRIPTION.strip()
    app.config["SECURITY_SCHEMES"] = {"apiKey": {"type": "http", "scheme": "bearer", "description": "An API key."}}
    app.spec_processor(partial(_complete, app))


def _complete(app: APIFlask, spec: dict[str, Any]) -> dict[str, Any]:
    schemas = spec["components"]["schemas"]
    schemas["Problem"] = PROBLEM
    schemas["FoundingFailure"] = FAILURE
    schemas["CodedFailure"] = CODED_FAILURE
    schemas.pop("HTTPError", None)
    _add_repeated(spec)
    for path, method, operation in _operations(spec):
        _add_security(path, operation)
        _add_errors(path, operation)
        _add_idempotency(path, method, operation)
        _add_request_id(operation)
    spec["paths"] |= app.extensions.get(BESIDE, {})
    return spec


def _operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _add_security(path: str, operation: dict[str, Any]) -> None:
    operation["security"] = [] if path in PUBLIC else [{"apiKey": []}]


def _add_errors(path: str, operation: dict[str, Any]) -> None:
    if path in PUBLIC:
        return
    wanted = {**EVERYWHERE, **WITH_KEY}
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
        wanted |= WITH_BODY | WITH_INPUT
    if any(parameter["in"] == "query" for parameter in operation["parameters"]):
        wanted |= WITH_INPUT
    if "{" in path:
        wanted |= WITH_PATH
    for status, description in wanted.items():
        told = operation["responses"].get(str(status), {}).get("description")
        operation["responses"][str(status)] = _error(path, status, told or description)
    if shape_of(path) == "code":
        wanted_400 = operation["responses"].pop("422", None)
        if wanted_400:
            operation["responses"]["400"] = _error(path, 400, WITH_INPUT[422])
    for status in ROUTES_OWN:
        if str(status) in operation["responses"]:
            told = operation["responses"][str(status)]["description"]
            operation["responses"][str(status)] = _error(path, status, told)


def _error(path: str, status: int, description: str) -> dict[str, Any]:
    name, media_type, example = _error_in_shape(shape_of(path), status, description)
    content = {"schema": {"$ref": f"#/components/schemas/{name}"}, "example": example}
    answer = {"description": description, "content": {media_type: content}}
    return {**answer, "headers": copy.deepcopy(HEADERS_OF[status])} if status in HEADERS_OF else answer


def _error_in_shape(shape: Shape, status: int, description: str) -> tuple[str, str, dict[str, Any]]:
    """Return the name of an error's schema, its media type and an example."""
    code = CODES.get(status, "error")
    if shape == "code":
        return "CodedFailure", "application/json", {"error": {"code": code.upper(), "message": description}}
    if shape != "problem":
        return "FoundingFailure", "application/json", {"success": False, "error": description}
    title = HTTPStatus(status).phrase
    example = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": description}
    return "Problem", PROBLEM_JSON, example


def _add_idempotency(path: str, method: str, operation: dict[str, Any]) -> None:
    if method == "post" and path.removeprefix("/api/v2/whatsapp") in CREATING:
        operation["parameters"].append(copy.deepcopy(IDEMPOTENCY_PARAMETER))


def _add_request_id(operation: dict[str, Any]) -> None:
    for response in operation["responses"].values():
        response.setdefault("headers", {})[REQUEST_ID] = {"schema": {"type": "string"}}
    for status in {"201", "202"} & set(operation["responses"]):
        operation["responses"][status]["headers"]["Location"] = {"schema": {"type": "string"}}


def _add_repeated(spec: dict[str, Any]) -> None:
    """POST of a document has a second good answer."""
    shapes = [_registered(spec, model) for model in (DocumentRepeated, NothingDue)]
    shown = {
        "repeated": {"value": {**examples.INVOICE_QUEUED, "differs": ["amount"]}},
        "nothing due": {"value": examples.NOTHING_DUE},
    }
    answer = {
        "description": "The number was used before: the first document, nothing sent again. Or nothing is due.",
        "content": {"application/json": {"schema": {"anyOf": shapes}, "examples": shown}},
    }
    for path in ("/v1/invoices", "/v1/quotes"):
        spec["paths"][path]["post"]["responses"]["200"] = copy.deepcopy(answer)


def _registered(spec: dict[str, Any], model: type[BaseModel]) -> dict[str, str]:
    """Put a model among the schemas as APIFlask does, and return the reference to it."""
    name = model.__name__
    schema = model.model_json_schema(ref_template=f"#/components/schemas/{name}.{{model}}")
    for nested, inner in schema.pop("$defs", {}).items():
        spec["components"]["schemas"][f"{name}.{nested}"] = inner
    spec["components"]["schemas"][name] = schema
    return {"$ref": f"#/components/schemas/{name}"}
