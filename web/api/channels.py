"""GET /v1/channels and POST /v1/channels/{id}/resume: what holds sending up, and letting it go on."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from checks.registration import callback_url
from db.queries import app_secrets, audit, brakes, channel_list
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
UNPROVED = (
    "Not checked yet: Meta gave no clear answer whether this number is yours. What comes for it is kept until then. "
    "POST /v1/channels/{id}/check asks Meta again; it is asked once a day anyhow."
)

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
        secrets = app_secrets.of_tenant(connection, current_tenant())
    return json_answer({"data": [_shown(row, holds, secrets) for row in rows], "next": None})


@blueprint.get("/<channel_id>")
@blueprint.output(ChannelShown, example=examples.CHANNEL)
@blueprint.doc(operation_id="getChannel")
def get_channel(channel_id: str) -> Response:
    """Show a channel and what holds it up"""
    return json_answer(find_shown(channel_id_of(channel_id)))


@blueprint.post("/<channel_id>/resume")
@blueprint.output(ChannelShown, 202, description="It sends again.", example=examples.CHANNEL)
@blueprint.doc(operation_id="resumeChannel", responses={409: "It is not paused."})
def resume_channel(channel_id: str) -> Response:
    """Let a paused channel send again

    One message at a time until Meta accepts one; if Meta refuses again, the channel pauses again.
    """
    tenant_id, wanted = current_tenant(), channel_id_of(channel_id)
    find_shown(wanted)
    with services().database.transaction() as connection:
        if not brakes.resume_channel(connection, wanted):
            raise Problem(409, "not_paused", "The channel is not paused.")
        audit.write(connection, tenant_id, actor=current_actor(), action="channel.resumed", target=str(wanted))
    ring(SEND)
    log.info("channel.resumed", channel_id=channel_id, by="person")
    return accepted(find_shown(wanted), COLLECTION, str(wanted))


def find_shown(channel_id: UUID) -> dict[str, Any]:
    """Return a channel of the caller's tenant as JSON.

    Raises:
        Problem: 404.
    """
    with services().database.connect() as connection:
        row = channel_list.find(connection, current_tenant(), channel_id)
        holds = channel_list.held_templates(connection, current_tenant())
        secrets = app_secrets.of_tenant(connection, current_tenant())
    if row is None:
        raise not_found()
    return _shown(row, holds, secrets)


def channel_id_of(given: str) -> UUID:
    """Return the id in a path.

    Raises:
        Problem: 404, it is none.
    """
    channel_id = as_id(given)
    if channel_id is None:
        raise not_found()
    return channel_id


def not_found() -> Problem:
    """Return the problem of a channel that the tenant does not have."""
    return Problem(404, "channel_not_found", "There is no such channel.")


def _shown(row: Any, holds: Sequence[Any], secrets: Sequence[Any]) -> dict[str, Any]:
    own = [secret for secret in secrets if secret.channel_id == row.id]
    return {
        "id": str(row.id),
        "name": row.name,
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
        "token": {
            "is_valid": row.token_is_valid,
            "checked_at": moment(row.token_checked_at),
            "expires_at": moment(row.token_expires_at),
            "scopes": row.token_scopes or [],
            "problem": row.token_problem,
        },
        "number": {
            "is_proved": row.number_unproved_since is None,
            "problem": None if row.number_unproved_since is None else UNPROVED,
            "verified_name": row.verified_name,
            "quality_rating": row.quality_rating,
            "throughput_level": row.throughput_level,
            "checked_at": moment(row.number_checked_at),
        },
        "webhook": {
            "url": callback_url(services().settings, row.id if own else None),
            "verified_at": moment(row.webhook_verified_at),
            "refused_at": moment(row.webhook_refused_at),
            "last_event_at": moment(row.last_event_at),
            "fields": row.fields_subscribed or [],
            "app_secrets": [_secret(secret) for secret in own],
        },
        "held_templates": [_hold(hold) for hold in holds if hold.channel_id == row.id],
    }


def _secret(secret: Any) -> dict[str, Any]:
    return {
        "id": str(secret.id),
        "created_at": moment(secret.created_at),
        "last_used_at": moment(secret.last_used_at),
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
