"""What invoices and quotes have in common: delivered once, found by id or number."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from flask import Response
from sqlalchemy import Connection

from db.ids import new_id
from db.queries import documents
from db.queries.documents import NewDocument
from db.queries.messages import NewMessage
from messaging.documents import DocumentFacts
from messaging.money import is_due
from messaging.violations import Violation
from observability import request_id
from observability.logging import get_logger
from web.api import document_views, idempotency
from web.api.answers import accepted, json_answer
from web.api.auth import current_tenant
from web.api.contents import Content
from web.api.document_content import Wanted, document_content
from web.api.message_lookup import as_id
from web.api.problems import Fault, Problem, invalid
from web.api.schemas.documents import DocumentRequest
from web.api.schemas.fields import canonical_number
from web.api.services import services
from web.api.threading import in_threads
from worker.doorbell import ring
from worker.queues import SEND

STEP = "initial"
POINTERS: Final[Mapping[str, str]] = {
    "customer_name": "/customer/name",
    "number": "/number",
    "period": "/period",
    "amount": "/amount",
    "due_date": "/due_date",
    "valid_until": "/valid_until",
    "link": "/link",
    "buttons": "/link",
    "header": "/document_url",
    "language": "/language",
    "": "/language",
}
"""Which field of the request is to blame; everything else is the template."""

log = get_logger(__name__)


def deliver(kind: str, asked: DocumentRequest) -> Response:
    """Queue a document, or return the first one of its number.

    Raises:
        Problem: it cannot be sent like this.
    """
    facts = _facts(asked)
    document = _document(current_tenant(), kind, asked, facts)
    try:
        message = _message_for(document, asked, facts)
    except Problem as refusal:
        first = _repeated(document, asked, facts)
        if first is None:
            raise refusal from None
        return first
    if message is None:
        return _repeated(document, asked, facts) or json_answer(document_views.nothing_due(kind, asked.number))
    return _store(document, message, facts)


def find(kind: str, reference: str) -> Response:
    """Return a document by our id or its number.

    Raises:
        Problem: 404.
    """
    tenant_id = current_tenant()
    with services().database.connect() as connection:
        row = _find(connection, tenant_id, kind, reference)
        if row is None:
            raise Problem(404, f"{kind}_not_found", f"There is no such {kind}.")
        carriers = documents.messages_of(connection, tenant_id, row.id)
    return json_answer(document_views.shown(row, map(document_views.message, carriers)))


def _find(connection: Connection, tenant_id: UUID, kind: str, reference: str) -> Any:
    document_id = as_id(reference)
    row = documents.find_by_id(connection, tenant_id, kind, document_id) if document_id else None
    if row is not None or "\0" in reference:
        return row
    return documents.find_by_number(connection, tenant_id, kind, canonical_number(reference))


def _message_for(document: NewDocument, asked: DocumentRequest, facts: DocumentFacts) -> NewMessage | None:
    """Return the message that carries a document; None when nothing is due.

    Raises:
        Problem: it cannot be sent like this now.
    """
    if not is_due(facts.amount):
        return None
    config = services().tenants.of(document.tenant_id)
    wanted = Wanted(
        kind=document.kind,
        step=STEP,
        template=asked.template,
        language=asked.language,
        document_url=asked.document_url,
    )
    try:
        content = document_content(config, wanted, facts)
    except Violation as violation:
        raise invalid(Fault(POINTERS.get(violation.at, "/template"), violation.detail)) from None
    message = _message(document, config.sending_channel().id, asked, content)
    return in_threads(services().database, config, [message]).only()


def _repeated(document: NewDocument, asked: DocumentRequest, facts: DocumentFacts) -> Response | None:
    """Return the answer of a number that went out before, whatever would refuse it today; None: it did not."""
    with idempotency.unit(services().database) as connection:
        answer = _first(connection, document, asked.customer.phone, facts)
        if answer is None:
            return None
        replay = idempotency.claim(connection, document.tenant_id, 200, answer)
    return replay or json_answer(answer)


def _store(document: NewDocument, message: NewMessage, facts: DocumentFacts) -> Response:
    answer = document_views.shown(document, [document_views.message(message)])
    with idempotency.unit(services().database) as connection:
        replay = idempotency.claim(connection, document.tenant_id, 202, answer)
        if replay is not None:
            return replay
        if not documents.deliver(connection, document, [message]):
            first = _first(connection, document, message.contact_phone or "", facts)
            if first is None:
                raise Problem(409, detail="The first document of this number was removed just now; try again.")
            idempotency.amend(connection, document.tenant_id, 200, first)
            return json_answer(first)
    ring(SEND)
    log.info(f"{document.kind}.queued", document_id=str(document.id), message_id=str(message.id))
    return accepted(answer, f"/v1/{document.kind}s", answer["id"])


def _first(connection: Connection, document: NewDocument, phone: str, facts: DocumentFacts) -> dict[str, Any] | None:
    first = documents.find_by_number(connection, document.tenant_id, document.kind, document.number)
    if first is None:
        return None
    carriers = documents.messages_of(connection, document.tenant_id, first.id)
    differs = [
        *document_views.differences(first, facts, document.document_url),
        *document_views.differing_phone(carriers, phone),
    ]
    answer = document_views.shown(first, map(document_views.message, carriers))
    return {**answer, "differs": differs} if differs else answer


def _facts(asked: DocumentRequest) -> DocumentFacts:
    return DocumentFacts(
        customer_name=asked.customer.name,
        amount=asked.amount,
        currency=asked.currency,
        number=asked.number,
        period=asked.period,
        due_date=getattr(asked, "due_date", None),
        valid_until=getattr(asked, "valid_until", None),
        link=asked.link,
    )


def _document(tenant_id: UUID, kind: str, asked: DocumentRequest, facts: DocumentFacts) -> NewDocument:
    return NewDocument(
        id=new_id(),
        tenant_id=tenant_id,
        kind=kind,
        number=asked.number,
        customer_name=facts.customer_name,
        amount=facts.amount,
        currency=facts.currency,
        period=facts.period,
        due_date=facts.due_date,
        valid_until=facts.valid_until,
        link=facts.link,
        document_url=asked.document_url,
        created_at=datetime.now(UTC),
    )


def _message(document: NewDocument, channel_id: UUID, asked: DocumentRequest, content: Content) -> NewMessage:
    return NewMessage(
        id=new_id(),
        tenant_id=document.tenant_id,
        channel_id=channel_id,
        type=content["type"],
        status="queued",
        contact_phone=asked.customer.phone,
        contact_name=asked.customer.name,
        content=content,
        client_reference=document.number,
        request_id=request_id.current(),
        document_id=document.id,
        step=STEP,
        created_at=document.created_at,
    )
