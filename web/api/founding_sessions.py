"""GET /api/whatsapp/session/status/{sessionId} and …/list-realtime (S3.4 to S3.7), in their own shapes."""

from datetime import UTC, datetime

from apiflask import APIBlueprint
from flask import Response

from db.queries import gateway_sources
from web.api.answers import json_answer
from web.api.auth import SETTINGS, current_key, current_tenant, protect
from web.api.schemas.gateways import EXAMPLE_ITEM, EXAMPLE_SESSION, SessionList, SessionListQuery, SessionStatus
from web.api.services import services
from web.api.session_views import list_item, matches, milliseconds, status_data, summary
from web.api.surfaces import SESSION_PATH

blueprint = APIBlueprint("founding_sessions", __name__, tag="Founding systems", url_prefix=SESSION_PATH)
protect(blueprint)


@blueprint.get("/status/<session_id>")
@blueprint.output(SessionStatus, example={"success": True, "data": EXAMPLE_SESSION})
def session_status(session_id: str) -> Response:
    """Tell how a session is

    A QR logs in: a key without the scope settings learns that there is one, not which.
    """
    with services().database.connect() as connection:
        rows = gateway_sources.shown(connection, current_tenant(), session_id=session_id)
    if not rows:
        return json_answer({"success": False, "error": "Session not found"}, 404)  # S3.4, to the letter
    key = current_key()
    may_see_qr = key is not None and SETTINGS in key.scopes
    data = status_data(rows[0], services().keyring if may_see_qr else None)
    return json_answer({"success": True, "data": data}, headers={"Cache-Control": "no-store"})


@blueprint.get("/list-realtime")
@blueprint.input(SessionListQuery, location="query")
@blueprint.output(
    SessionList,
    example={
        "success": True,
        "data": [EXAMPLE_ITEM],
        "summary": {"connected": 1, "disconnected": 0, "loading": 0, "needsQR": 0, "error": 0, "total": 1},
        "timestamp": "2026-11-21T10:10:00.000Z",
    },
)
def list_realtime(query_data: SessionListQuery) -> Response:
    """List sessions with a summary"""
    with services().database.connect() as connection:
        rows = gateway_sources.shown(connection, current_tenant(), user_id=query_data.userId)
    found = [row for row in rows if query_data.status is None or matches(row, query_data.status)]
    return json_answer(
        {
            "success": True,
            "data": [list_item(row) for row in found],
            "summary": summary(found),
            "timestamp": milliseconds(datetime.now(UTC)),
        }
    )
