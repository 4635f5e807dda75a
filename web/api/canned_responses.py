"""/v1/canned-responses: texts that people send often."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from db.queries import canned_responses
from web.api import conversation_examples as examples
from web.api.answers import created, json_answer, moment
from web.api.auth import current_tenant, protect
from web.api.message_lookup import as_id
from web.api.problems import Problem
from web.api.schemas.contacts import CannedList, CannedShown, CannedWanted
from web.api.services import services

COLLECTION = "/v1/canned-responses"

blueprint = APIBlueprint("canned_responses", __name__, tag="Conversations", url_prefix=COLLECTION)
protect(blueprint)


@blueprint.get("")
@blueprint.output(CannedList, example={"data": [examples.CANNED], "next": None})
@blueprint.doc(operation_id="listCannedResponses")
def list_canned_responses() -> Response:
    """List texts by their shortcuts"""
    with services().database.connect() as connection:
        rows = canned_responses.list_all(connection, current_tenant())
    return json_answer({"data": [_shown(row) for row in rows], "next": None})


@blueprint.post("")
@blueprint.input(CannedWanted, example=examples.CANNED_WANTED)
@blueprint.output(CannedShown, 201, example=examples.CANNED)
@blueprint.doc(operation_id="putCannedResponse")
def put_canned_response(json_data: CannedWanted) -> Response:
    """Store a text under its shortcut, in place of the one before"""
    with services().database.transaction() as connection:
        row = canned_responses.put(connection, current_tenant(), json_data.shortcut, json_data.text)
    return created(_shown(row), COLLECTION, str(row.id))


@blueprint.delete("/<response_id>")
@blueprint.output({}, 204, description="It is gone.")
@blueprint.doc(operation_id="removeCannedResponse")
def remove_canned_response(response_id: str) -> Response:
    """Remove a text"""
    found = as_id(response_id)
    with services().database.transaction() as connection:
        if found is None or not canned_responses.remove(connection, current_tenant(), found):
            raise Problem(404, "canned_response_not_found", "There is no such text.")
    return Response(status=204)


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "shortcut": row.shortcut,
        "text": row.text,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }
