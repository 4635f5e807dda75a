"""/v1/alarms: what a tenant should know at once; /v1/alarms/callback: where its own system takes it."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from db.changes import callbacks as changes
from db.queries import alarms, callback_endpoints
from messaging.violations import Violation
from web.api.answers import json_answer, moment
from web.api.auth import SETTINGS, current_actor, current_tenant, protect
from web.api.inputs import below
from web.api.pagination import decode_cursor, page
from web.api.problems import Problem, invalid
from web.api.schemas.alarms import (
    EXAMPLE_ALARM,
    EXAMPLE_CALLBACK,
    AlarmList,
    AlarmQuery,
    CallbackSet,
    CallbackShown,
    NewCallback,
)
from web.api.services import services

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
@blueprint.output(CallbackShown, example=EXAMPLE_CALLBACK)
@blueprint.doc(operation_id="getCallback", responses={404: "No address is set."})
def get_callback() -> Response:
    """Show where alarms are posted"""
    return json_answer(_callback())


@blueprint.put("/callback")
@blueprint.input(NewCallback, example={"url": "https://erp.example.com/paperboy"})
@blueprint.output(CallbackSet, example={**EXAMPLE_CALLBACK, "secret": "whsec_…"})
@blueprint.doc(operation_id="setCallback")
def set_callback(json_data: NewCallback) -> Response:
    """Set where alarms are posted

    Each is signed as Standard Webhooks says. The secret is a new one each time, and shown this once.
    """
    try:
        with services().database.transaction() as connection:
            secret = changes.put(
                connection,
                services().keyring,
                current_tenant(),
                json_data.url,
                actor=current_actor(),
                allow_local=services().settings.env != "production",
            )
    except Violation as violation:
        raise invalid(below("/url", violation)) from None
    return json_answer({**_callback(), "secret": secret}, headers={"Cache-Control": "no-store"})


@blueprint.delete("/callback")
@blueprint.output({}, 204, description="Alarms are kept, and posted nowhere.")
@blueprint.doc(operation_id="removeCallback", responses={404: "No address is set."})
def remove_callback() -> Response:
    """Post alarms no more"""
    with services().database.transaction() as connection:
        changes.remove(connection, current_tenant(), actor=current_actor())
    return Response(status=204)


@blueprint.post("/callback/test")
@blueprint.output({}, 202, description="An alarm that says nothing is on its way; GET /v1/alarms tells its delivery.")
@blueprint.doc(operation_id="testCallback", responses={409: "No address is set."})
def test_callback() -> Response:
    """Post an alarm to see whether it arrives"""
    with services().database.transaction() as connection:
        changes.try_out(connection, current_tenant())
    return json_answer({}, 202)


def _callback() -> dict[str, Any]:
    with services().database.connect() as connection:
        row = callback_endpoints.find(connection, current_tenant())
    if row is None:
        raise Problem(404, *changes.NO_ENDPOINT)
    return {"url": row.url, "created_at": moment(row.created_at)}


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
