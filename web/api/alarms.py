"""/v1/alarms: what a tenant should know at once; /v1/alarms/callback: where its own system takes it."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from db.changes import callbacks
from db.queries import alarms
from db.queries.endpoints import CALLBACK
from web.api import endpoints
from web.api.answers import json_answer, moment
from web.api.auth import SETTINGS, current_tenant, protect
from web.api.pagination import decode_cursor, page
from web.api.schemas.alarms import EXAMPLE_ALARM, AlarmList, AlarmQuery
from web.api.schemas.endpoints import EndpointSet, EndpointShown, NewEndpoint, example
from web.api.services import services

EXAMPLE_CALLBACK = example("https://erp.example.com/paperboy")

blueprint = APIBlueprint("alarms", __name__, tag="Alarms", url_prefix="/v1/alarms")
protect(blueprint, changing=SETTINGS)


@blueprint.get("")
@blueprint.input(AlarmQuery, location="query")
@blueprint.output(AlarmList, example={"data": [EXAMPLE_ALARM], "next": None})
@blueprint.doc(operation_id="listAlarms")
def list_alarms(query_data: AlarmQuery) -> Response:
    """List alarms, newest first"""
    before = decode_cursor(query_data.cursor) if query_data.cursor else None
    with services().database.connect() as connection:
        rows = alarms.list_newest(connection, current_tenant(), before=before, limit=query_data.limit + 1)
    return json_answer(page(rows, query_data.limit, _shown))


@blueprint.get("/callback")
@blueprint.output(EndpointShown, example=EXAMPLE_CALLBACK)
@blueprint.doc(operation_id="getCallback", responses={404: "No address is set."})
def get_callback() -> Response:
    """Show where alarms are posted"""
    return endpoints.show(CALLBACK)


@blueprint.put("/callback")
@blueprint.input(NewEndpoint, example={"url": EXAMPLE_CALLBACK["url"]})
@blueprint.output(EndpointSet, example={**EXAMPLE_CALLBACK, "secret": "whsec_…"})
@blueprint.doc(operation_id="setCallback")
def set_callback(json_data: NewEndpoint) -> Response:
    """Set where alarms are posted

    Each is signed as Standard Webhooks says. The secret is a new one each time, and shown this once.
    """
    return endpoints.put(CALLBACK, json_data.url)


@blueprint.delete("/callback")
@blueprint.output({}, 204, description="Alarms are kept, and posted nowhere.")
@blueprint.doc(operation_id="removeCallback", responses={404: "No address is set."})
def remove_callback() -> Response:
    """Post alarms no more"""
    return endpoints.remove(CALLBACK)


@blueprint.post("/callback/test")
@blueprint.output({}, 202, description="An alarm that says nothing is on its way; GET /v1/alarms tells its delivery.")
@blueprint.doc(operation_id="testCallback", responses={409: "No address is set."})
def test_callback() -> Response:
    """Post an alarm to see whether it arrives"""
    with services().database.transaction() as connection:
        callbacks.try_out(connection, current_tenant())
    return json_answer({}, 202)


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "target": row.target,
        "details": row.details,
        "delivery": row.delivery,
        "attempts": row.attempts,
        "problem": row.problem,
        "created_at": moment(row.created_at),
        "delivered_at": moment(row.delivered_at),
    }
