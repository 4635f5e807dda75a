"""The receiver: a Flask app with nothing in it but Meta's webhook, so that nothing else can slow it."""

import hmac
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge

from observability import request_id
from observability.logging import get_logger
from observability.metrics import record_webhook
from settings import Settings
from web.webhooks.inbox import Inbox, NotStoredError
from whatsapp.signature import matching_secret

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_BODY_BYTES = 3 * 1024 * 1024
"""Meta: Webhooks overview, payloads up to 3 MB."""
RETRY_AFTER_SECONDS = "5"

WEBHOOK_PATHS: Final = {
    "/webhook": "EVENT_RECEIVED",
    "/api/webhook/whatsapp": "Event received",
    "/api/v1/whatsapp/webhook": "EVENT_RECEIVED",
    "/api/whatsapp/webhook": '{"received":true}',
    "/api/v2/whatsapp/webhook": "EVENT_RECEIVED",
}
"""Each path with the body that its founding system answered (S0.2, S2.1, S4.2). Meta reads the status alone."""

REFUSALS: Final = {"/api/whatsapp/webhook": '{"error":"Verification failed"}'}
"""S2.1; the others say it as plain text (S0.1)."""

log = get_logger(__name__)


def create_webhook_app(settings: Settings, inbox: Inbox) -> Flask:
    """Return the app that verifies and acknowledges webhooks.

    Args:
        settings: app secrets, verify token, whether unsigned webhooks are allowed.
        inbox: where bodies are stored before they are acknowledged.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    receiver = _Receiver(settings, inbox)
    for path in WEBHOOK_PATHS:
        app.add_url_rule(path, f"verify {path}", receiver.verify, methods=["GET"], provide_automatic_options=False)
        app.add_url_rule(path, f"receive {path}", receiver.receive, methods=["POST"], provide_automatic_options=False)
    return app


class _Receiver:
    def __init__(self, settings: Settings, inbox: Inbox) -> None:
        self._secrets = settings.app_secrets
        self._verify_token = settings.verify_token
        self._accepts_unsigned = settings.allow_unsigned_webhooks
        self._inbox = inbox
        self._answers = {path: (text.encode(), _headers(text)) for path, text in WEBHOOK_PATHS.items()}

    def verify(self) -> Response:
        """Answer Meta's verification (Meta: Create a webhook endpoint): the challenge, unquoted."""
        request_id.forget()
        mode = request.args.get("hub.mode")
        token = request.args.get("hub.verify_token")
        challenge = request.args.get("hub.challenge")
        if not mode or not token or not challenge:
            return _plain("hub.mode, hub.verify_token and hub.challenge are required", 400)
        if mode != "subscribe" or not self._is_verify_token(token):
            log.warning("webhook.verification_refused", token_configured=self._verify_token is not None)
            return _answer(REFUSALS.get(request.path, "Verification failed"), 403)
        return _plain(challenge, 200)

    def receive(self) -> Response:
        """Store a webhook and acknowledge it; the caller learns nothing about a refusal."""
        request_id.forget()
        try:
            body = _body()
        except RequestEntityTooLarge:
            record_webhook("too_large")
            return Response(status=413)
        secret_index = matching_secret(body, request.headers.get("X-Hub-Signature-256"), self._secrets)
        if secret_index is None and not self._accepts_unsigned:
            return self._refuse()
        return self._store(body, secret_index)

    def _store(self, body: bytes, secret_index: int | None) -> Response:
        try:
            stored_as = self._inbox.append(body, secret_index)
        except NotStoredError:
            record_webhook("not_stored")
            return Response(status=503, headers={"Retry-After": RETRY_AFTER_SECONDS})
        text, headers = self._answers[request.path]
        return _Acknowledgement(text, headers=[*headers, (request_id.HEADER, stored_as.hex)])

    def _refuse(self) -> Response:
        if not self._secrets:
            record_webhook("not_configured")
            log.error("webhook.refused", reason="WHATSAPP_APP_SECRET is not set or is a placeholder")
            return Response(status=503)
        signed = "X-Hub-Signature-256" in request.headers
        record_webhook("wrong_signature" if signed else "unsigned")
        log.warning("webhook.refused", reason="Invalid webhook signature" if signed else "no signature")
        return Response(status=401)

    def _is_verify_token(self, given: str) -> bool:
        return self._verify_token is not None and hmac.compare_digest(given.encode(), self._verify_token.encode())


class _Acknowledgement(Response):
    """A response whose headers are complete as they stand."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        return self.headers


def _body() -> bytes:
    """Return the request's body; of a known length it is read at once, without Werkzeug's layers of streams."""
    length = request.content_length
    if length is None or length > MAX_BODY_BYTES:
        return request.get_data(cache=False)
    body: bytes = request.environ["wsgi.input"].read(length)
    return body


def _plain(text: str, status: int) -> Response:
    return Response(
        text, status, content_type="text/plain; charset=utf-8", headers={"X-Content-Type-Options": "nosniff"}
    )


def _answer(text: str, status: int) -> Response:
    return Response(text, status, content_type=_content_type(text))


def _headers(text: str) -> list[tuple[str, str]]:
    return [("Content-Type", _content_type(text)), ("Content-Length", str(len(text)))]


def _content_type(text: str) -> str:
    return "application/json" if text.startswith("{") else "text/plain; charset=utf-8"
