"""GET /v1/channels and POST /v1/channels/{id}/resume: what holds sending up, and letting it go on."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from db.queries import audit, brakes, channel_list
from observability.logging import get_logger
from web.api import examples
from web.api.answers import accepted, json_answer, moment
from web.api.auth import current_actor, current_tenant, protect
from web.api.message_lookup import as_id
from web.api.problems import Problem
from web.api.schemas.channels import ChannelList, ChannelShown
from web.api.services import services
from whatsapp.errors import classify
from worker.doorbell import ring
from worker.queues import SEND

COLLECTION = "/v1/channels"

blueprint = APIBlueprint("channels", __name__, tag="Channels", url_prefix=COLLECTION)
protect(blueprint)
log = get_logger(__name__)


@blueprint.get("")
@blueprint.output(ChannelList, example={"data": [examples.CHANNEL], "next": None})
@blueprint.doc(operation_id="listChannels")
def list_channels() -> Response:
    """List your channels"""
    with services().database.connect() as connection:
        rows = channel_list.list_all(connection, current_tenant())
        holds = channel_list.held_templates(connection, current_tenant())
    return json_answer({"data": [_shown(row, holds) for row in rows], "next": None})


@blueprint.get("/<channel_id>")
@blueprint.output(ChannelShown, example=examples.CHANNEL)
@blueprint.doc(operation_id="getChannel")
def get_channel(channel_id: str) -> Response:
    """Show a channel and what holds it up"""
    return json_answer(_found(_id(channel_id)))


@blueprint.post("/<channel_id>/resume")
@blueprint.output(ChannelShown, 202, description="It sends again.", example=examples.CHANNEL)
@blueprint.doc(operation_id="resumeChannel", responses={409: "It is not paused."})
def resume_channel(channel_id: str) -> Response:
    """Let a paused channel send again

    One message at a time until Meta accepts one; if Meta refuses again, the channel pauses again.
    """
    tenant_id, wanted = current_tenant(), _id(channel_id)
    _found(wanted)
    with services().database.transaction() as connection:
        if not brakes.resume_channel(connection, wanted):
            raise Problem(409, "not_paused", "The channel is not paused.")
        audit.write(connection, tenant_id, actor=current_actor(), action="channel.resumed", target=str(wanted))
    ring(SEND)
    log.info("channel.resumed", channel_id=channel_id, by="person")
    return accepted(_found(wanted), COLLECTION, str(wanted))


def _found(channel_id: UUID) -> dict[str, Any]:
    with services().database.connect() as connection:
        row = channel_list.find(connection, current_tenant(), channel_id)
        holds = channel_list.held_templates(connection, current_tenant())
    if row is None:
        raise _not_found()
    return _shown(row, holds)


def _id(given: str) -> UUID:
    channel_id = as_id(given)
    if channel_id is None:
        raise _not_found()
    return channel_id


def _not_found() -> Problem:
    return Problem(404, "channel_not_found", "There is no such channel.")


def _shown(row: Any, holds: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "phone_number_id": row.phone_number_id,
        "waba_id": row.waba_id,
        "display_phone_number": row.display_phone_number,
        "is_active": row.is_active,
        "throughput_per_second": float(row.throughput_per_second),
        "slowed_to": row.slowed_to,
        "blocked_until": moment(row.blocked_until),
        "paused": _pause(row),
        "on_trial": row.is_on_trial,
        "waiting": row.waiting,
        "held_templates": [_hold(hold) for hold in holds if hold.channel_id == row.id],
    }


def _pause(row: Any) -> dict[str, Any] | None:
    if row.paused_at is None:
        return None
    return {
        "since": moment(row.paused_at),
        "code": row.paused_code,
        "reason": row.paused_reason,
        "advice": classify(row.paused_code).advice,
        "next_probe_at": moment(row.probe_at),
    }


def _hold(hold: Any) -> dict[str, Any]:
    return {
        "name": hold.name,
        "language": hold.language,
        "code": hold.code,
        "reason": hold.reason,
        "advice": classify(hold.code).advice,
        "since": moment(hold.held_at),
    }
