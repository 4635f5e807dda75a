"""GET /v1/events and POST /v1/events/{id}/replay: what webhooks brought that is no message and no receipt."""

from typing import Any
from uuid import UUID

import orjson
from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import Connection

from db.ids import new_id
from db.queries import events, inbox
from observability.logging import get_logger
from web.api import examples
from web.api.answers import accepted, json_answer, moment
from web.api.auth import current_tenant, protect
from web.api.message_lookup import as_id
from web.api.pagination import decode_cursor, page
from web.api.problems import Problem
from web.api.schemas.events import EventList, EventQuery, EventShown, EventWithPayload
from web.api.services import services
from worker.doorbell import ring
from worker.queues import INGEST

COLLECTION = "/v1/events"

blueprint = APIBlueprint("events", __name__, tag="Events", url_prefix=COLLECTION)
protect(blueprint)
log = get_logger(__name__)


@blueprint.get("")
@blueprint.input(EventQuery, location="query")
@blueprint.output(EventList, example={"data": [examples.EVENT], "next": None})
@blueprint.doc(operation_id="listEvents")
def list_events(query_data: EventQuery) -> Response:
    """List events, newest first"""
    before = decode_cursor(query_data.cursor) if query_data.cursor else None
    with services().database.connect() as connection:
        rows = events.list_newest(
            connection, current_tenant(), state=query_data.state, before=before, limit=query_data.limit + 1
        )
    return json_answer(page(rows, query_data.limit, _shown))


@blueprint.get("/<event_id>")
@blueprint.output(EventWithPayload, example=examples.EVENT_WITH_PAYLOAD)
@blueprint.doc(operation_id="getEvent")
def get_event(event_id: str) -> Response:
    """Show an event with its payload"""
    with services().database.connect() as connection:
        row = events.find(connection, current_tenant(), _id(event_id))
    if row is None:
        raise _not_found()
    return json_answer({**_shown(row), "payload": row.envelope})


@blueprint.post("/<event_id>/replay")
@blueprint.output(EventShown, 202, description="In the inbox again.", example=examples.EVENT)
@blueprint.doc(operation_id="replayEvent", responses={409: "Retention has removed its bytes."})
def replay_event(event_id: str) -> Response:
    """Process an event again

    Processing is repeatable: what was already done is recognised and not done twice.
    """
    tenant_id, wanted = current_tenant(), _id(event_id)
    with services().database.transaction() as connection:
        event = events.lock(connection, tenant_id, wanted)
        if event is None:
            raise _not_found()
        inbox.append_replay(connection, inbox_id=new_id(), body=_payload(connection, event), event_id=wanted)
        events.mark_replayed(connection, tenant_id, wanted)
        replayed = events.find(connection, tenant_id, wanted)
    ring(INGEST)
    log.info("event.replayed", event_id=event_id)
    return accepted(_shown(replayed), COLLECTION, str(wanted))


def _payload(connection: Connection, event: Any) -> bytes:
    if event.envelope is not None:
        return orjson.dumps(event.envelope)
    body = inbox.body_of(connection, event.inbox_id, event.inbox_received_at) if event.inbox_id else None
    if body is None:
        raise Problem(409, "event_expired", "The bytes of this event are no longer kept; it cannot be replayed.")
    return body


def _id(given: str) -> UUID:
    event_id = as_id(given)
    if event_id is None:
        raise _not_found()
    return event_id


def _not_found() -> Problem:
    return Problem(404, "event_not_found", "There is no such event.")


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "state": row.state,
        "kind": row.kind,
        "field": row.field,
        "reason": row.reason,
        "detail": row.detail,
        "at": moment(row.at),
        "waba_id": row.waba_id,
        "phone_number_id": row.phone_number_id,
        "replays": row.replays,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }
