"""POST /send-invoice (S4.5–S4.11): one invoice to up to fifty numbers, each once per step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from flask import Response
from sqlalchemy import Connection

from db.ids import new_id
from db.queries import documents, messages
from db.queries.documents import NewDocument
from db.queries.messages import NewMessage
from messaging.documents import FOUNDING_STEPS, DocumentFacts, founding_number
from messaging.money import is_due, parse_balance
from messaging.violations import Violation
from observability import request_id
from observability.logging import get_logger
from web.api import idempotency
from web.api.answers import json_answer
from web.api.auth import current_tenant
from web.api.contents import Content
from web.api.document_content import Wanted, document_content
from web.api.document_views import NO_BALANCE_DUE
from web.api.founding_preview import by_hand, preview
from web.api.founding_recipients import Recipient, phones_of, recipients_of, results
from web.api.problems import Fault, Problem, invalid
from web.api.schemas.fields import LARGEST_AMOUNT
from web.api.schemas.founding import SendInvoice
from web.api.services import services
from web.api.tenants import TenantConfig
from web.api.threading import in_threads
from worker.doorbell import ring
from worker.queues import SEND

KIND = "invoice"
POINTERS: Final[Mapping[str, str]] = {
    "customer_name": "/tenantName",
    "period": "/invoicePeriod",
    "amount": "/totalAmount",
    "due_date": "/dueDate",
    "link": "/invoiceUrl",
    "buttons": "/invoiceUrl",
    "days_overdue": "/daysOverdue",
    "organisation": "/organizationName",
    "": "/locale",
}
"""Which field of the request is to blame; everything else is the template."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sending:
    """An invoice ready to go out."""

    asked: SendInvoice
    recipients: Sequence[Recipient]
    step: str
    content: Content
    text: str

    @property
    def template(self) -> str:
        """Name of the template."""
        name: str = self.content["template"]["name"]
        return name


def send_invoice(asked: SendInvoice) -> Response:
    """Queue an invoice for each number it did not go to before in this step.

    Raises:
        Problem: nothing of it can be sent.
    """
    amount = _balance(asked)
    config = services().tenants.of(current_tenant())
    step, template = _step_and_template(asked)
    if not is_due(amount):
        name = template or config.document_template(KIND, step).name
        return json_answer({**_answer(asked, name, [], ""), "message": NO_BALANCE_DUE, "reason": NO_BALANCE_DUE})
    recipients = recipients_of(asked.phoneNumbers)
    facts = _facts(asked, amount)
    wanted = Wanted(kind=KIND, step=step, template=template, written_in=_written_in(config, step, asked.locale))
    try:
        content = document_content(config, wanted, facts)
    except Violation as violation:
        raise invalid(Fault(POINTERS.get(violation.at, "/templateName"), violation.detail)) from None
    template_of = content["template"]
    definition = config.definition(template_of["name"], template_of["language"]["code"])
    sending = Sending(asked, recipients, step, content, preview(definition, content))
    try:
        config.sending_channel()
    except Problem as problem:
        return _for_a_person(sending, problem.detail)
    return _store(sending, facts, config)


def _balance(asked: SendInvoice) -> Decimal:
    """S4.8: a balance in the customer's favour asks for nothing; "undefined" and the like are refused."""
    raw = asked.totalAmount
    is_credit = isinstance(raw, str | int) and str(raw).strip().startswith("-")
    try:
        amount = parse_balance(str(raw).strip()[1:] if is_credit else raw, asked.currency)
    except Violation as violation:
        raise invalid(Fault("/totalAmount", violation.detail)) from None
    if amount >= LARGEST_AMOUNT:
        raise invalid(Fault("/totalAmount", "the amount has more than 14 digits before the point"))
    return -amount if is_credit else amount


def _step_and_template(asked: SendInvoice) -> tuple[str, str | None]:
    """S4.10: a type, or a type's own name, means the configured template; any other name means itself."""
    if asked.templateType is not None:
        is_type = asked.templateName is None or asked.templateName in FOUNDING_STEPS
        return FOUNDING_STEPS[asked.templateType], None if is_type else asked.templateName
    if asked.templateName is None or asked.templateName in FOUNDING_STEPS:
        return FOUNDING_STEPS[asked.templateName or KIND], None
    return "initial", asked.templateName


def _written_in(config: TenantConfig, step: str, locale: str) -> str | None:
    """The caller's region counts, but the language is the template's: else a Spanish text would hold English dates."""
    language = config.document_template(KIND, step).language
    return locale if _language(locale) == _language(language) else None


def _language(code: str) -> str:
    return code.replace("-", "_").partition("_")[0].lower()


def _facts(asked: SendInvoice, amount: Decimal) -> DocumentFacts:
    facts = DocumentFacts(
        customer_name=asked.tenantName,
        amount=amount,
        currency=asked.currency,
        period=asked.invoicePeriod,
        due_date=asked.dueDate,
        link=asked.invoiceUrl,
        organisation=asked.organizationName,
        days_overdue=asked.daysOverdue,
    )
    return replace(facts, number=founding_number(facts))


def _store(sending: Sending, facts: DocumentFacts, config: TenantConfig) -> Response:
    document = _document(facts)
    channel_id = config.sending_channel().id
    wanted = [_message(document, sending, channel_id, phone) for phone in phones_of(sending.recipients)]
    threaded = in_threads(services().database, config, wanted)
    prepared, reasons = threaded.allowed, threaded.reasons
    if not prepared:
        return json_answer(_queued(sending, {}, reasons))
    answer = _queued(sending, {one.contact_phone or "": str(one.id) for one in prepared}, reasons)
    queued = len(prepared)
    with services().database.transaction() as connection:
        replay = idempotency.claim(connection, document.tenant_id, 200, answer)
        if replay is not None:
            return replay
        if not documents.deliver(connection, document, prepared):
            ids, queued = _add_to_first(connection, document, prepared)
            answer = _queued(sending, ids, reasons)
            idempotency.amend(connection, document.tenant_id, 200, answer)
    if queued:
        ring(SEND)
    log.info("invoice.queued", number=document.number, queued=queued, repeated=len(prepared) - queued)
    return json_answer(answer)


def _add_to_first(
    connection: Connection, document: NewDocument, prepared: Sequence[NewMessage]
) -> tuple[dict[str, str], int]:
    """Queue what the invoice did not carry before; return the message id of each phone, and how many are new."""
    first = documents.find_by_number(connection, document.tenant_id, KIND, document.number)
    if first is None:
        raise Problem(409, detail="The first invoice was removed just now; try again.")
    queued = messages.queue(connection, [replace(one, document_id=first.id) for one in prepared])
    rows = documents.messages_of(connection, document.tenant_id, first.id)
    return {row.contact_phone: str(row.id) for row in rows if row.step == prepared[0].step}, len(queued)


def _document(facts: DocumentFacts) -> NewDocument:
    return NewDocument(
        id=new_id(),
        tenant_id=current_tenant(),
        kind=KIND,
        number=facts.number or "",
        customer_name=facts.customer_name,
        amount=facts.amount,
        currency=facts.currency,
        period=facts.period,
        due_date=facts.due_date,
        valid_until=None,
        link=facts.link,
        document_url=None,
        created_at=datetime.now(UTC),
    )


def _message(document: NewDocument, sending: Sending, channel_id: UUID, phone: str) -> NewMessage:
    return NewMessage(
        id=new_id(),
        tenant_id=document.tenant_id,
        channel_id=channel_id,
        type=sending.content["type"],
        status="queued",
        contact_phone=phone,
        contact_name=document.customer_name,
        content=sending.content,
        request_id=request_id.current(),
        document_id=document.id,
        step=sending.step,
        created_at=document.created_at,
    )


def _queued(sending: Sending, ids: dict[str, str], refused: Mapping[str, str]) -> dict[str, Any]:
    outcome = results(sending.recipients, ids, sending.template, refused)
    return _answer(sending.asked, sending.template, outcome, sending.text)


def _for_a_person(sending: Sending, reason: str) -> Response:
    """S4.9: nothing can be queued, so a person may send by hand; that never counts as sent."""
    offers = [_offer(one, sending, reason) for one in sending.recipients]
    return json_answer(_answer(sending.asked, sending.template, offers, sending.text))


def _offer(recipient: Recipient, sending: Sending, reason: str) -> dict[str, Any]:
    base = {"phoneNumber": recipient.given, "success": False, "templateName": sending.template}
    if recipient.phone is None:
        return {**base, "method": "api", "apiError": recipient.fault}
    link = by_hand(recipient.phone, sending.text)
    return {**base, "method": "url", "whatsappURL": link, "apiError": reason}


def _answer(asked: SendInvoice, template: str, outcome: list[dict[str, Any]], text: str) -> dict[str, Any]:
    queued = sum(one["success"] for one in outcome)
    return {
        "success": queued > 0 or not outcome,
        "templateName": template,
        "message": f"{queued} of {len(outcome)} queued",
        "tenantName": asked.tenantName,
        "results": outcome,
        "summary": {
            "total": len(outcome),
            "apiSuccess": queued,
            "urlFallback": sum(one["method"] == "url" for one in outcome),
        },
        "messagePreview": text,
    }
