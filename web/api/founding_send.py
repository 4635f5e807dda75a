"""The chat's own sending of S2 (S2.2)."""

from apiflask import APIBlueprint
from flask import Response

from web.api import examples, founding_messages
from web.api.auth import protect
from web.api.idempotency import idempotent
from web.api.schemas.founding import SendText, TextAnswer
from web.api.surfaces import SEND_PATH

blueprint = APIBlueprint("founding_send", __name__, tag="Founding systems")
protect(blueprint)


@blueprint.post(SEND_PATH)
@blueprint.input(SendText, example=examples.FOUNDING_TEXT)
@blueprint.output(TextAnswer, example=examples.FOUNDING_TEXT_QUEUED)
@idempotent
def send_text(json_data: SendText) -> Response:
    """Send a text, within 24 hours after the customer wrote"""
    return founding_messages.send_text(json_data)
