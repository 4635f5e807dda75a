"""The receiver: a Flask app with nothing in it but Meta's webhook, so that nothing else can slow it."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from uuid import UUID

from flask import Flask, Response, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from observability import request_id
from observability.logging import get_logger
from observability.metrics import record_webhook
from settings import Settings
from web.retry_after import RETRY_AFTER
from web.security_headers import HSTS, NOT_KEPT, NOTHING_LOADS, POLICY, SECURITY_HEADERS
from web.webhooks.body import read_body
from web.webhooks.inbox import Inbox, NotStoredError
from web.webhooks.signers import Signer, Signers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SIGNATURE: Final = "X-Hub-Signature-256"

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

OWN_PREFIX: Final = "/webhook/"
"""Before a channel's id: the webhook of a Meta app that the channel brings along."""
OWN_ANSWER: Final = "EVENT_RECEIVED"
_OWN: Final = re.compile(f"{OWN_PREFIX}[0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}")

Answer = tuple[bytes, list[tuple[str, str]]]
"""A body and its headers."""

log = get_logger(__name__)


def is_webhook(path: str) -> bool:
    """Tell whether a path is the receiver's."""
    return path in WEBHOOK_PATHS or _OWN.fullmatch(path) is not None


def create_webhook_app(settings: Settings, inbox: Inbox, signers: Signers) -> Flask:
    """Return the app that verifies and acknowledges webhooks.

    Args:
        settings: whether unsigned webhooks are allowed.
        inbox: where bodies are stored before they are acknowledged.
        signers: app secrets and verify tokens.
    """
    app = Flask(__name__, static_folder=None)
    receiver = _Receiver(settings, inbox, signers)
    app.register_error_handler(HTTPException, _empty)
    app.after_request(receiver.secure)
    for path in WEBHOOK_PATHS:
        app.add_url_rule(path, f"verify {path}", receiver.verify, methods=["GET"], provide_automatic_options=False)
        app.add_url_rule(path, f"receive {path}", receiver.receive, methods=["POST"], provide_automatic_options=False)
    own = f"{OWN_PREFIX}<uuid:channel_id>"
    app.add_url_rule(own, "verify own", receiver.verify_own, methods=["GET"], provide_automatic_options=False)
    app.add_url_rule(own, "receive own", receiver.receive_own, methods=["POST"], provide_automatic_options=False)
    return app


class _Receiver:
    def __init__(self, settings: Settings, inbox: Inbox, signers: Signers) -> None:
        self._signers = signers
        self._installation = signers.installation
        self._accepts_unsigned = settings.allow_unsigned_webhooks
        self._inbox = inbox
        self._headers = _security_headers(settings.public_url)
        self._answers = {path: self._answer_to(text) for path, text in WEBHOOK_PATHS.items()}
        self._own_answer = self._answer_to(OWN_ANSWER)

    def secure(self, response: Response) -> Response:
        """Add what keeps browsers from doing anything clever; an acknowledgement has it already."""
        if not isinstance(response, _Acknowledgement):
            response.headers.extend(self._headers)
        return response

    def verify(self) -> Response:
        """Answer Meta's verification (Meta: Create a webhook endpoint): the challenge, unquoted."""
        return self._verify(self._installation, None)

    def verify_own(self, channel_id: UUID) -> Response:
        """Answer the verification of a channel's own webhook."""
        return self._verify(self._signers.of_channel(channel_id), channel_id)

    def receive(self) -> Response:
        """Store a webhook and acknowledge it; the caller learns nothing about a refusal."""
        request_id.forget()
        body = read_body()
        app_secret_id = self._installation.id_of(body, request.headers.get(SIGNATURE))
        if app_secret_id is None and not self._accepts_unsigned:
            return self._refuse()
        return self._store(body, app_secret_id, self._answers[request.path])

    def receive_own(self, channel_id: UUID) -> Response:
        """Store what a channel's own app signed; a channel that does not exist is refused like a wrong signature."""
        request_id.forget()
        body = read_body()
        if not self._signers.has_read:
            return _not_stored()
        app_secret_id = self._signers.of_channel(channel_id).id_of(body, request.headers.get(SIGNATURE))
        if app_secret_id is None:
            return self._refuse_signature(channel_id)
        return self._store(body, app_secret_id, self._own_answer)

    def _verify(self, signer: Signer, channel_id: UUID | None) -> Response:
        request_id.forget()
        mode = request.args.get("hub.mode")
        token = request.args.get("hub.verify_token")
        challenge = request.args.get("hub.challenge")
        if not mode or not token or not challenge:
            return _plain("hub.mode, hub.verify_token and hub.challenge are required", 400)
        if mode != "subscribe" or not signer.is_verify_token(token):
            log.warning("webhook.verification_refused", token_configured=signer.verify_token is not None)
            return _answer(REFUSALS.get(request.path, "Verification failed"), 403)
        self._signers.notice("verified", channel_id)
        return _plain(challenge, 200)

    def _store(self, body: bytes, app_secret_id: UUID | None, answer: Answer) -> Response:
        try:
            stored_as = self._inbox.append(body, app_secret_id)
        except NotStoredError:
            return _not_stored()
        text, headers = answer
        return _Acknowledgement(text, headers=[*headers, (request_id.HEADER, stored_as.hex)])

    def _refuse(self) -> Response:
        if not self._installation.secrets:
            record_webhook("not_configured")
            log.error("webhook.refused", reason="WHATSAPP_APP_SECRET is not set or is a placeholder")
            return _nothing(503)
        return self._refuse_signature(None)

    def _refuse_signature(self, channel_id: UUID | None) -> Response:
        is_signed = SIGNATURE in request.headers
        record_webhook("wrong_signature" if is_signed else "unsigned")
        own = {"channel_id": str(channel_id)} if channel_id else {}
        log.warning("webhook.refused", reason="Invalid webhook signature" if is_signed else "no signature", **own)
        self._signers.notice("refused", channel_id)
        return _nothing(401)

    def _answer_to(self, text: str) -> Answer:
        return text.encode(), [*_headers(text), *self._headers]


def _not_stored() -> Response:
    record_webhook("not_stored")
    return _nothing(503, RETRY_AFTER)


class _Acknowledgement(Response):
    """A response whose headers are complete as they stand."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        return self.headers


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
