"""POST /v1/invoices and GET /v1/invoices/{id or number}."""

from apiflask import APIBlueprint
from flask import Response

from web.api import documents, examples
from web.api.auth import protect
from web.api.idempotency import idempotent
from web.api.schemas.documents import DocumentShown, InvoiceRequest

KIND = "invoice"

blueprint = APIBlueprint("invoices", __name__, tag="Invoices", url_prefix="/v1/invoices")
protect(blueprint)


@blueprint.post("")
@blueprint.input(InvoiceRequest, example=examples.INVOICE)
@blueprint.output(DocumentShown, 202, description="Queued; the worker sends it.", example=examples.INVOICE_QUEUED)
@blueprint.doc(operation_id="sendInvoice")
@idempotent
def post_invoice(json_data: InvoiceRequest) -> Response:
    """Send an invoice

    A number goes out once: asked again, the first document is the answer (200), and nothing is sent. Fields that
    differ from the first are named in `differs`. With nothing to pay (amount 0) nothing is stored or sent (200).
    """
    return documents.deliver(KIND, json_data)


@blueprint.get("/<path:reference>")
@blueprint.output(DocumentShown, example=examples.INVOICE_QUEUED)
@blueprint.doc(operation_id="getInvoice")
def get_invoice(reference: str) -> Response:
    """Find an invoice by our id or by its number"""
    return documents.find(KIND, reference)
