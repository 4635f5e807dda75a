"""The receiver: a Flask app with nothing in it but Meta's webhook, so that nothing else can slow it."""

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge, RequestTimeout

from observability import request_id
from observability.logging import get_logger
from observability.metrics import record_webhook
from settings import Settings
from web.security_headers import HSTS, NOT_KEPT, NOTHING_LOADS, POLICY, SECURITY_HEADERS
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
    receiver = _Receiver(settings, inbox)
    app.register_error_handler(HTTPException, _empty)
    app.after_request(receiver.secure)
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
        self._headers = _security_headers(settings.public_url)
        self._answers = {
            path: (text.encode(), [*_headers(text), *self._headers]) for path, text in WEBHOOK_PATHS.items()
        }

    def secure(self, response: Response) -> Response:
        """Add what keeps browsers from doing anything clever; an acknowledgement has it already."""
        if not isinstance(response, _Acknowledgement):
            response.headers.extend(self._headers)
        return response

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
            return _nothing(413)
        except (ClientDisconnected, RequestTimeout):
            record_webhook("incomplete")
            raise
        secret_index = matching_secret(body, request.headers.get("X-Hub-Signature-256"), self._secrets)
        if secret_index is None and not self._accepts_unsigned:
            return self._refuse()
        return self._store(body, secret_index)

    def _store(self, body: bytes, secret_index: int | None) -> Response:
        try:
            stored_as = self._inbox.append(body, secret_index)
        except NotStoredError:
            record_webhook("not_stored")
            return _nothing(503, {"Retry-After": RETRY_AFTER_SECONDS})
        text, headers = self._answers[request.path]
        return _Acknowledgement(text, headers=[*headers, (request_id.HEADER, stored_as.hex)])

    def _refuse(self) -> Response:
        if not self._secrets:
            record_webhook("not_configured")
            log.error("webhook.refused", reason="WHATSAPP_APP_SECRET is not set or is a placeholder")
            return _nothing(503)
        signed = "X-Hub-Signature-256" in request.headers
        record_webhook("wrong_signature" if signed else "unsigned")
        log.warning("webhook.refused", reason="Invalid webhook signature" if signed else "no signature")
        return _nothing(401)

    def _is_verify_token(self, given: str) -> bool:
        return self._verify_token is not None and hmac.compare_digest(given.encode(), self._verify_token.encode())


class _Acknowledgement(Response):
    """A response whose headers are complete as they stand."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        return self.headers


def _body() -> bytes:
    """Return the request's body; of a known length it is read at once, without Werkzeug's layers of streams.

    Raises:
        RequestEntityTooLarge: it is larger than MAX_BODY_BYTES.
        ClientDisconnected: the caller went away in the middle.
        RequestTimeout: the caller was too slow.
    """
    length = request.content_length
    if length is None:
        return _body_of_unknown_length()
    if length > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    body: bytes = request.environ["wsgi.input"].read(length)
    if len(body) < length:
        raise ClientDisconnected
    return body


def _body_of_unknown_length() -> bytes:
    """Read chunks. Werkzeug's own limit hands out as much as fits and tells nobody that there is more."""
    if not request.environ.get("wsgi.input_terminated"):
        return b""
    body: bytes = request.environ["wsgi.input"].read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    return body


def _empty(error: HTTPException) -> Response:
    """Answer an error without a word, as a refusal is answered; `Allow` tells which methods there are."""
    return _nothing(error.code or 500, {name: value for name, value in error.get_headers() if name == "Allow"})


def _nothing(status: int, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """Return an answer without a body, hence without a type of one."""
    response = Response(status=status, headers=headers)
    del response.headers["Content-Type"]
    return response


def _security_headers(public_url: str | None) -> list[tuple[str, str]]:
    always = [*SECURITY_HEADERS, (POLICY, NOTHING_LOADS), NOT_KEPT]
    return [*always, HSTS] if (public_url or "").startswith("https://") else always


def _plain(text: str, status: int) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


def _answer(text: str, status: int) -> Response:
    return Response(text, status, content_type=_content_type(text))


def _headers(text: str) -> list[tuple[str, str]]:
    return [("Content-Type", _content_type(text)), ("Content-Length", str(len(text)))]


def _content_type(text: str) -> str:
    return "application/json" if text.startswith("{") else "text/plain; charset=utf-8"
