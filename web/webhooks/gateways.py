"""The receiver of gateways' webhooks: POST|GET /api/whatsapp/webhook/{sessionId} (S3.1 to S3.3, S3.27, S3.32, S3.33).

Raw first, like Meta's: a body is checked and stored before anything is made of it. Only its secrets are taken out
before, for a QR logs somebody in.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import orjson
from flask import Flask, Response, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import HTTPException

from db import sealed
from db.encryption import Keyring
from gateways.items import MALFORMED, Item, Unhandled
from gateways.payload import split
from gateways.proofs import claim, matching_secret
from gateways.secrets import without_secrets
from observability import request_id
from observability.logging import get_logger
from observability.metrics import record_webhook
from settings import Settings
from web.retry_after import RETRY_AFTER
from web.webhooks.body import read_body
from web.webhooks.gateway_sources import GatewaySources, Receiving
from web.webhooks.inbox import Inbox, NotStoredError

PREFIX: Final = "/api/whatsapp/webhook/"
REFUSALS_A_MINUTE = 100
"""Of one address; after that it is told nothing more for the rest of the minute, and neither is the log. What proves
itself is never limited: most gateways post an event once and forget it."""

ERRORS: Final[Mapping[str, str]] = {
    "unknown_format": "Unknown payload format",
    "no_event": "Missing event type in payload",
}
"""S3.2; every other malformed body is an "Invalid webhook payload"."""

log = get_logger(__name__)


def is_gateway_webhook(path: str) -> bool:
    """Tell whether a path is this receiver's."""
    return path.startswith(PREFIX)


def create_gateway_app(settings: Settings, inbox: Inbox, sources: GatewaySources) -> Flask:
    """Return the app that takes the webhooks of gateways.

    Args:
        settings: encryption keys.
        inbox: where bodies are stored before they are acknowledged.
        sources: the registered sessions.
    """
    app = Flask(__name__, static_folder=None)
    app.register_error_handler(HTTPException, _refused)
    receiver = _GatewayReceiver(settings, inbox, sources)
    for suffix in ("", "/<event>"):
        path = f"{PREFIX}<session_id>{suffix}"
        app.add_url_rule(path, f"ready{suffix}", receiver.ready, methods=["GET"], provide_automatic_options=False)
        app.add_url_rule(path, f"receive{suffix}", receiver.receive, methods=["POST"], provide_automatic_options=False)
    return app


class _GatewayReceiver:
    def __init__(self, settings: Settings, inbox: Inbox, sources: GatewaySources) -> None:
        self._sources = sources
        self._inbox = inbox
        self._keys = settings.encryption_keys
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerMinute(REFUSALS_A_MINUTE)

    def ready(self, session_id: str, event: str = "") -> Response:
        """Tell that the address exists (S3.3); it says nothing about the session."""
        request_id.forget()
        message = f"Webhook endpoint ready for session {session_id}"
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return _answer(200, {"success": True, "message": message, "timestamp": now})

    def receive(self, session_id: str, event: str = "") -> Response:
        """Store a webhook and acknowledge it. `event` is what Evolution appends with byEvents; the body says it too."""
        request_id.forget()
        body = read_body()
        if not self._sources.has_read:
            return _not_stored()
        source = self._sources.find(session_id)
        if source is None:
            return self._refuse(401, "Unknown session or wrong proof", "wrong_signature")
        claimed = claim(source.proof, _lower_headers(), request.args.get("secret"))
        if claimed is None:
            return self._refuse(400, "Missing proof of origin", "unsigned", source)
        proven = matching_secret(source.proof, claimed, body, source.secrets)
        if proven is None:
            return self._refuse(401, "Unknown session or wrong proof", "wrong_signature", source)
        return self._take(source, session_id, body, source.ids[proven])

    def _take(self, source: Receiving, session_id: str, body: bytes, secret_id: UUID) -> Response:
        items = split(source.kind, body)
        malformed = [item for item in items if isinstance(item, Unhandled) and item.reason in MALFORMED]
        if malformed:
            return self._malformed(source, malformed)
        return self._store(source, session_id, body, secret_id, items)

    def _store(self, source: Receiving, session_id: str, body: bytes, secret_id: UUID, items: list[Item]) -> Response:
        try:
            stored_as = self._inbox.append(without_secrets(source.kind, body, self._seal()), secret_id)
        except NotStoredError:
            return _not_stored()
        event = items[0].event if items else "empty"
        message = f"Webhook event {event} processed for session {session_id}"
        return _answer(200, {"success": True, "message": message}, {request_id.HEADER: stored_as.hex})

    def _seal(self) -> Callable[[str], str]:
        """A keyring is made only when a body holds a secret."""
        return lambda secret: Keyring(self._keys).encrypt(secret, sealed.SESSION_QR)

    def _malformed(self, source: Receiving, items: list[Unhandled]) -> Response:
        record_webhook("malformed")
        log.warning("webhook.malformed", channel_id=str(source.channel_id), reason=items[0].reason)
        details = [{"event": item.event, "detail": item.detail} for item in items]
        error = ERRORS.get(items[0].reason, "Invalid webhook payload")
        return _answer(400, {"success": False, "error": error, "details": details})

    def _refuse(self, status: int, error: str, result: str, source: Receiving | None = None) -> Response:
        if not self._limiter.hit(self._limit, request.remote_addr or ""):
            record_webhook("rate_limited")
            return _answer(429, {"success": False, "error": "Too many refused requests; try again in a minute"})
        record_webhook(result)
        of = {"channel_id": str(source.channel_id)} if source else {}
        log.warning("webhook.refused", reason=error, **of)
        return _answer(status, {"success": False, "error": error})


def _not_stored() -> Response:
    record_webhook("not_stored")
    return _answer(503, {"success": False, "error": "Not stored, try again"}, RETRY_AFTER)


def _refused(error: HTTPException) -> Response:
    return _answer(error.code or HTTPStatus.BAD_REQUEST, {"success": False, "error": error.name})


def _lower_headers() -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _answer(status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers=headers, content_type="application/json")
