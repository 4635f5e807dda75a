"""Tickets for live connections, and who is connected (S1.9, S1.10); the connections themselves: web.realtime."""

from apiflask import APIBlueprint
from flask import Response

from db.queries import live_events, live_presences
from db.queries.live_tickets import Holder
from web.api.answers import json_answer, moment
from web.api.auth import current_key_id, current_tenant, protect
from web.api.live_tickets import new_ticket
from web.api.schemas.live import LiveStats, LiveStatus, TicketShown, TicketWanted
from web.api.services import services

COLLECTION = "/api/v1/ws"
AT = "2026-11-21T12:00:00Z"
TICKET = {"ticket": "kM3…", "user_id": "ana", "url": "wss://paperboy.example/api/v1/ws/chat/ana", "expires_at": AT}

blueprint = APIBlueprint("live", __name__, tag="Live", url_prefix=COLLECTION)
protect(blueprint, changing="read")


@blueprint.post("/tickets")
@blueprint.input(TicketWanted, example={"user_id": "ana"})
@blueprint.output(TicketShown, 200, example=TICKET)
@blueprint.doc(operation_id="getLiveTicket")
def post_ticket(json_data: TicketWanted) -> Response:
    """Get a ticket with which a browser connects once, within a minute

    Your server asks for it and hands it to its page; the API key stays where it is. Servers connect with the key
    itself, as `Authorization: Bearer`. What a ticket opens ends when the key is revoked.
    """
    given = new_ticket(Holder(current_tenant(), json_data.user_id, current_key_id()))
    shown = {"ticket": given.ticket, "user_id": json_data.user_id, "url": given.url}
    return json_answer({**shown, "expires_at": moment(given.expires_at)})


@blueprint.get("/status/<user_id>")
@blueprint.output(LiveStatus, example={"user_id": "ana", "connected": True, "connections": 1, "since": AT})
@blueprint.doc(operation_id="getLiveStatus")
def get_status(user_id: str) -> Response:
    """Tell whether a user is connected, some seconds late"""
    with services().database.connect() as connection:
        found = live_presences.of_user(connection, current_tenant(), user_id)
    connections = found.connections
    shown = {"user_id": user_id, "connected": connections > 0, "connections": connections}
    return json_answer({**shown, "since": moment(found.since)})


@blueprint.get("/stats")
@blueprint.output(LiveStats, example={"connections": 12, "users": 9, "processes": 1, "sequence": 4711})
@blueprint.doc(operation_id="getLiveStats")
def get_stats() -> Response:
    """Tell how many listen, some seconds late"""
    with services().database.connect() as connection:
        totals = live_presences.totals(connection, current_tenant())
        sequence = live_events.latest(connection, current_tenant())
    shown = {"connections": totals.connections, "users": totals.users, "processes": totals.processes}
    return json_answer({**shown, "sequence": sequence})
