"""POST /send-message and /send-template (S4.12, S4.13), POST /api/whatsapp/send (S2.2)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Response

from db.ids import new_id
from db.queries import messages
from db.queries.messages import NewMessage
from messaging.phone import to_e164
from messaging.templates import check_parameters
from messaging.violations import Violation
from observability import request_id
from observability.logging import get_logger
from web.api import idempotency
from web.api.answers import json_answer
from web.api.auth import current_tenant
from web.api.contents import Content, assembled, text_content
from web.api.founding_recipients import phones_of, recipients_of, results
from web.api.problems import Fault, invalid
from web.api.schemas.founding import SendMessage, SendTemplate, SendText
from web.api.schemas.messages import TextToSend
from web.api.services import services
from web.api.threading import Threaded, in_threads
from worker.doorbell import ring
from worker.queues import SEND

POINTERS = {"name": "/templateName", "language": "/templateLanguage"}

log = get_logger(__name__)


def send_message(asked: SendMessage) -> Response:
    """Queue a text; WhatsApp takes it within 24 hours after the customer wrote.

    Raises:
        Problem: the number cannot be read, or there is no channel.
    """
    phone = _phone(asked.phoneNumber, "/phoneNumber")
    content = text_content(TextToSend(body=asked.message))
    message = _prepared([phone], content, asked.recipientName, asked.message).only()
    answer = {
        "success": True,
        "method": "api",
        "messageId": str(message.id),
        "phoneNumber": asked.phoneNumber,
        "recipientName": asked.recipientName,
    }
    return _store([message], answer)


def send_text(asked: SendText) -> Response:
    """Queue a text as S2 asks for it; the rest is as for `send_message`."""
    phone = _phone(asked.toPhone, "/toPhone")
    message = _prepared([phone], text_content(TextToSend(body=asked.message)), None, asked.message).only()
    return _store([message], {"ok": True, "messageId": str(message.id)})


def send_template(asked: SendTemplate) -> Response:
    """Queue a template for each number.

    Raises:
        Problem: no number can be read, the template or its parameters do not fit, or there is no channel.
    """
    recipients = recipients_of(asked.phoneNumbers)
    language = asked.templateLanguage or services().settings.whatsapp_template_language
    config = services().tenants.of(current_tenant())
    try:
        check_parameters(config.definition(asked.templateName, language), None, asked.templateParameters, ())
    except Violation as violation:
        raise invalid(_fault(violation)) from None
    content = assembled(asked.templateName, language, body=asked.templateParameters)
    prepared = _prepared(phones_of(recipients), content)
    ids = {one.contact_phone or "": str(one.id) for one in prepared.allowed}
    outcome = results(recipients, ids, asked.templateName, prepared.reasons)
    queued = sum(one["success"] for one in outcome)
    answer = {
        "success": queued > 0,
        "templateName": asked.templateName,
        "results": outcome,
        "summary": {"total": len(outcome), "success": queued, "failed": len(outcome) - queued},
    }
    return _store(prepared.allowed, answer)


def _phone(given: str, pointer: str) -> str:
    try:
        return to_e164(given)
    except Violation as violation:
        raise invalid(Fault(pointer, violation.detail)) from None


def _fault(violation: Violation) -> Fault:
    place, slash, rest = violation.at.partition("/")
    if place == "body":
        return Fault(f"/templateParameters{slash}{rest}", violation.detail)
    return Fault(POINTERS.get(place, "/templateName"), violation.detail)


def _prepared(phones: Sequence[str], content: Content, name: str | None = None, text: str | None = None) -> Threaded:
    tenant_id = current_tenant()
    config = services().tenants.of(tenant_id)
    channel = config.sending_channel()
    now = datetime.now(UTC)
    wanted = [
        NewMessage(
            id=new_id(),
            tenant_id=tenant_id,
            channel_id=channel.id,
            type=content["type"],
            status="queued",
            contact_phone=phone,
            contact_name=name,
            text=text,
            content=content,
            request_id=request_id.current(),
            created_at=now,
        )
        for phone in phones
    ]
    return in_threads(services().database, config, wanted)


def _store(prepared: Sequence[NewMessage], answer: dict[str, Any]) -> Response:
    with idempotency.unit(services().database) as connection:
        replay = idempotency.claim(connection, current_tenant(), 200, answer)
        if replay is not None:
            return replay
        if prepared:
            messages.queue(connection, prepared)
    ring(SEND)
    log.info("messages.queued", queued=len(prepared))
    return json_answer(answer)
