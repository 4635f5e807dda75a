"""POST /v1/quotes and GET /v1/quotes/{id or number}."""

from apiflask import APIBlueprint
from flask import Response

from web.api import documents, examples
from web.api.auth import protect
from web.api.idempotency import idempotent
from web.api.schemas.documents import DocumentShown, QuoteRequest

KIND = "quote"

blueprint = APIBlueprint("quotes", __name__, tag="Quotes", url_prefix="/v1/quotes")
protect(blueprint)


@blueprint.post("")
@blueprint.input(QuoteRequest, example=examples.QUOTE)
@blueprint.output(DocumentShown, 202, description="Queued; the worker sends it.", example=examples.QUOTE_QUEUED)
@blueprint.doc(operation_id="sendQuote")
@idempotent
def post_quote(json_data: QuoteRequest) -> Response:
    """Send a quote

    A number goes out once: asked again, the first document is the answer (200), and nothing is sent. Fields that
    differ from the first are named in `differs`. With nothing to pay (amount 0) nothing is stored or sent (200).
    """
    return documents.deliver(KIND, json_data)


@blueprint.get("/<path:reference>")
@blueprint.output(DocumentShown, example=examples.QUOTE_QUEUED)
@blueprint.doc(operation_id="getQuote")
def get_quote(reference: str) -> Response:
    """Find a quote by our id or by its number"""
    return documents.find(KIND, reference)
