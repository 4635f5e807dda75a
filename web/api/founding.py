"""The founding systems' addresses (S4.3–S4.13), with and without their prefix, in their own shapes."""

from typing import Final

from apiflask import APIBlueprint
from flask import Flask, Response

from web.api import examples, founding_invoice, founding_messages, founding_statuses
from web.api.auth import protect
from web.api.idempotency import idempotent
from web.api.schemas.founding import (
    InvoiceAnswer,
    MessageAnswer,
    SendInvoice,
    SendMessage,
    SendTemplate,
    StatusAnswer,
    StatusesAnswer,
    TemplateAnswer,
)
from web.api.surfaces import FOUNDING_PREFIX

MOUNTS: Final = {"founding": "", "founding_v2": FOUNDING_PREFIX}
"""Blueprint name → prefix."""
NAMES = tuple(MOUNTS)

blueprint = APIBlueprint("founding", __name__, tag="Founding systems")
protect(blueprint)


@blueprint.post("/send-invoice")
@blueprint.input(SendInvoice, example=examples.FOUNDING_INVOICE)
@blueprint.output(InvoiceAnswer, example=examples.FOUNDING_INVOICE_QUEUED)
@idempotent
def send_invoice(json_data: SendInvoice) -> Response:
    """Send an invoice to up to 50 numbers

    The same content again is the same invoice: the first messages are the answer, and nothing is sent.
    """
    return founding_invoice.send_invoice(json_data)


@blueprint.post("/send-message")
@blueprint.input(SendMessage, example=examples.FOUNDING_MESSAGE)
@blueprint.output(MessageAnswer, example=examples.FOUNDING_MESSAGE_QUEUED)
@idempotent
def send_message(json_data: SendMessage) -> Response:
    """Send a text, within 24 hours after the customer wrote"""
    return founding_messages.send_message(json_data)


@blueprint.post("/send-template")
@blueprint.input(SendTemplate, example=examples.FOUNDING_TEMPLATE)
@blueprint.output(TemplateAnswer, example=examples.FOUNDING_TEMPLATE_QUEUED)
@idempotent
def send_template(json_data: SendTemplate) -> Response:
    """Send a template to up to 50 numbers"""
    return founding_messages.send_template(json_data)


@blueprint.get("/message-status/<path:message_id>")
@blueprint.output(StatusAnswer, example=examples.FOUNDING_STATUS)
def message_status(message_id: str) -> Response:
    """Tell the status of a message by our id or wamid"""
    return founding_statuses.message_status(message_id)


@blueprint.get("/message-statuses")
@blueprint.output(
    StatusesAnswer,
    example={
        "success": True,
        "count": 1,
        "statuses": [
            {
                **{name: value for name, value in examples.FOUNDING_STATUS.items() if name != "success"},
                "messageType": "template",
                "templateName": "invoice",
            }
        ],
    },
)
def message_statuses() -> Response:
    """Tell the statuses of the latest 1,000 messages, newest first"""
    return founding_statuses.message_statuses()


def register(app: Flask) -> None:
    """Mount the founding surface at its root and under its prefix."""
    for name, prefix in MOUNTS.items():
        app.register_blueprint(blueprint, name=name, url_prefix=prefix or None)
