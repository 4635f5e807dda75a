"""The test invoice: from the settings page to a phone, watched step by step until it is read."""

import secrets
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from db.ids import new_id
from db.queries import audit, channel_list, messages
from db.queries.messages import NewMessage
from messaging.documents import DocumentFacts
from messaging.links import PLACEHOLDER
from messaging.phone import to_e164
from messaging.sentences import Sentence
from messaging.templates import dynamic_url_buttons
from messaging.violations import Violation
from observability import request_id
from web.api.contents import Content
from web.api.document_content import Wanted, document_content
from web.api.services import services
from web.api.tenants import TenantConfig
from web.pages.channel_view import channel_page
from web.pages.sample_progress import progress
from web.people.rendering import page
from web.people.sessions import require_role, the_user
from worker.doorbell import ring
from worker.queues import SEND

KIND, STEP = "invoice", "initial"
AMOUNT, CURRENCY = Decimal("1500.00"), "USD"
DUE_IN = timedelta(days=7)
BAD_PHONE = Sentence("Write the phone number with + and its country code, for example +1 809 555 1234.")
SWITCHED_OFF = Sentence("The number is switched off. Switch it on in its credentials and save.")

blueprint = Blueprint("sample_invoice", __name__, url_prefix="/settings/channels/<uuid:channel_id>/test-invoice")


@blueprint.post("")
@require_role("operator")
def send(channel_id: UUID) -> AnyResponse:
    """Queue a test invoice; a script gets the card, a browser without scripts the page."""
    config = services().tenants.of_channel(the_user().tenant_id, channel_id)
    if config is None:
        raise NotFound
    try:
        message = _message(config, request.form.get("phone", ""))
    except _RefusedError as refused:
        return _shown(channel_id, {"refusal": refused.why, "phone": request.form.get("phone", "")}, 422)
    _queue(message)
    if "HX-Request" in request.headers:
        return _progress(channel_id, message.id)
    return redirect(url_for("sample_invoice.follow", channel_id=channel_id, message_id=message.id), 303)


@blueprint.get("/<uuid:message_id>")
@require_role("operator")
def follow(channel_id: UUID, message_id: UUID) -> Response:
    """How far the test invoice is; asked again by itself until it is over."""
    return _progress(channel_id, message_id)


class _RefusedError(Exception):
    """It cannot be sent; `why` tells the person what to do."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why)
        self.why = why


def _message(config: TenantConfig, phone: str) -> NewMessage:
    channel = config.channel
    assert channel is not None, "asked for by its id"
    if not channel.is_active:
        raise _RefusedError(SWITCHED_OFF)
    number = f"TEST-{secrets.token_hex(3).upper()}"
    try:
        to = to_e164(phone)
    except Violation:
        raise _RefusedError(BAD_PHONE) from None
    content, user = _content(config, number), the_user()
    return NewMessage(
        id=new_id(),
        tenant_id=user.tenant_id,
        channel_id=channel.id,
        type=content["type"],
        status="queued",
        contact_phone=to,
        content=content,
        client_reference=number,
        request_id=request_id.current(),
        created_at=datetime.now(UTC),
    )


def _content(config: TenantConfig, number: str) -> Content:
    template = config.document_template(KIND, STEP)
    try:
        definition = config.definition(template.name, template.language)
        return document_content(config, Wanted(kind=KIND, step=STEP), _facts(number, definition))
    except Violation as violation:
        raise _RefusedError(_unfit(violation, template.name, template.language)) from None


def _unfit(violation: Violation, name: str, language: str) -> Sentence:
    if violation.at in ("name", "language"):
        return Sentence(
            "Meta has no approved template “{name}” in the language “{language}”. Fetch the templates from Meta, or "
            "choose another one for invoices on the page Templates.",
            name=name,
            language=language,
        )
    return Sentence(
        "The template “{name}” takes other values than an invoice has. Choose what stands where on the page Templates.",
        name=name,
    )


def _facts(number: str, definition: Any) -> DocumentFacts:
    today, buttons = datetime.now(UTC).date(), dynamic_url_buttons(definition or {})
    link = buttons[0][1].replace(PLACEHOLDER, number) if buttons else f"{services().settings.own_url}/"
    return DocumentFacts(
        customer_name=the_user().name,
        amount=AMOUNT,
        currency=CURRENCY,
        number=number,
        period=f"{today:%Y-%m}",
        due_date=today + DUE_IN,
        link=link,
    )


def _queue(message: NewMessage) -> None:
    with services().database.transaction() as connection:
        messages.queue(connection, [message])
        audit.write(
            connection,
            message.tenant_id,
            actor=the_user().actor,
            action="channel.test_invoice_queued",
            target=str(message.channel_id),
            number=message.client_reference,
        )
    ring(SEND)


def _progress(channel_id: UUID, message_id: UUID) -> Response:
    with services().database.connect() as connection:
        channel = channel_list.find(connection, the_user().tenant_id, channel_id)
        row = messages.find(connection, the_user().tenant_id, message_id)
    if channel is None or row is None or row.direction != "outbound":
        raise NotFound
    return _shown(channel_id, {"progress": progress(row, channel, datetime.now(UTC))})


def _shown(channel_id: UUID, sample: dict[str, Any], status: int = 200) -> Response:
    if "HX-Request" not in request.headers:
        return channel_page(channel_id, status, sample=sample)
    with services().database.connect() as connection:
        channel = channel_list.find(connection, the_user().tenant_id, channel_id)
    return page("settings/sample_invoice.html", status, channel=channel, sample=sample)
