"""What is served beside the API, for its description: Meta's webhook under each of its addresses, and the metrics."""

from typing import Any, Final

from observability.request_id import HEADER as REQUEST_ID
from web.webhooks.app import OWN_ANSWER, OWN_PREFIX, WEBHOOK_PATHS

Operation = dict[str, Any]

REQUEST_ID_HEADER: Final = {REQUEST_ID: {"schema": {"type": "string"}}}
SIGNATURE: Final = {
    "name": "X-Hub-Signature-256",
    "in": "header",
    "required": False,
    "description": "sha256= and the HMAC of the raw body with the app secret; without a right one the answer is 401.",
    "schema": {"type": "string"},
}


def paths_beside() -> dict[str, dict[str, Operation]]:
    """Return the OpenAPI path items of the receiver and of /metrics."""
    webhooks = {path: {"get": _verify(path), "post": _receive(path, text)} for path, text in WEBHOOK_PATHS.items()}
    return {**webhooks, f"{OWN_PREFIX}{{channel_id}}": _own(), "/metrics": {"get": _metrics()}}


def _own() -> dict[str, Operation]:
    channel = {
        "name": "channel_id",
        "in": "path",
        "required": True,
        "description": "The id of a channel that brings its own Meta app.",
        "schema": {"type": "string", "format": "uuid"},
    }
    operations = {"get": _verify("/webhook/channel"), "post": _receive("/webhook/channel", OWN_ANSWER)}
    for operation in operations.values():
        operation["parameters"].append(channel)
    return operations


def _verify(path: str) -> Operation:
    names = ("hub.mode", "hub.verify_token", "hub.challenge")
    return {
        "summary": "Verify the webhook's address, as Meta does",
        "operationId": f"verify{_suffix(path)}",
        "tags": ["Webhooks"],
        "security": [],
        "parameters": [{"name": name, "in": "query", "required": True, "schema": {"type": "string"}} for name in names],
        "responses": {
            "200": {"description": "The challenge.", "content": {"text/plain": {"schema": {"type": "string"}}}},
            "400": {"description": "A parameter is missing."},
            "403": {"description": "Another mode or another verify token."},
        },
    }


def _receive(path: str, text: str) -> Operation:
    media_type = "application/json" if text.startswith("{") else "text/plain"
    schema = {"type": "object"} if media_type == "application/json" else {"type": "string"}
    stored = {
        "description": "Stored; it is processed afterwards.",
        "headers": REQUEST_ID_HEADER,
        "content": {media_type: {"schema": schema}},
    }
    return {
        "summary": "Take a webhook of Meta's",
        "operationId": f"receive{_suffix(path)}",
        "tags": ["Webhooks"],
        "security": [],
        "parameters": [SIGNATURE],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {
            "200": stored,
            "400": {"description": "The body is shorter than announced."},
            "401": {"description": "No signature, or a wrong one."},
            "408": {"description": "The body takes longer than ten seconds; the connection is ended."},
            "413": {"description": "The body is larger than 3 MB."},
            "503": {"description": "Not stored, or no app secret is configured; Meta tries again."},
        },
    }


def _metrics() -> Operation:
    return {
        "summary": "Prometheus's metrics",
        "operationId": "metrics",
        "tags": ["Health"],
        "security": [],
        "parameters": [],
        "responses": {
            "200": {
                "description": "Prometheus's text format.",
                "headers": REQUEST_ID_HEADER,
                "content": {"text/plain": {"schema": {"type": "string"}}},
            }
        },
    }


def _suffix(path: str) -> str:
    return "".join(word.capitalize() for word in path.split("/"))
