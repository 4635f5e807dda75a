"""POST, PATCH and DELETE under /v1/channels: connect a number, change its credentials, disconnect it, check it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, request

from checks.registration import Registration
from checks.result import CheckResult, worst
from checks.run import prove, run
from db.changes.channels import ChannelSettings, Wanted
from messaging.violations import Violation
from observability.logging import get_logger
from web.api import examples
from web.api.answers import json_answer
from web.api.auth import SETTINGS, current_actor, current_tenant, protect
from web.api.channels import COLLECTION, channel_id_of, find_shown, not_found
from web.api.inputs import below
from web.api.message_lookup import as_id
from web.api.problems import invalid
from web.api.schemas.channel_settings import ChannelChange, ChecksShown, NewChannel
from web.api.schemas.channels import ChannelShown
from web.api.services import services
from worker.doorbell import ring
from worker.queues import SEND

blueprint = APIBlueprint("channel_settings", __name__, tag="Channels", url_prefix=COLLECTION)
protect(blueprint, changing=SETTINGS)
log = get_logger(__name__)


@contextmanager
def changing() -> Iterator[ChannelSettings]:
    """Return the channels of the caller's tenant, to be changed in one transaction.

    Raises:
        Problem: 422.
        Refusal: 404 or 409.
    """
    try:
        with services().database.transaction() as connection:
            channels = ChannelSettings(connection, services().keyring, current_tenant(), current_actor())
            yield channels
    except Violation as violation:
        raise invalid(below("", violation)) from None
    services().tenants.forget(current_tenant())
    for channel_id in channels.to_prove:
        prove(services().database.transaction, services().settings, current_tenant(), channel_id)


@blueprint.post("")
@blueprint.input(NewChannel, example=examples.NEW_CHANNEL)
@blueprint.output(ChannelShown, 201, example=examples.CHANNEL)
@blueprint.doc(operation_id="connectChannel", responses={409: "The number is connected already."})
def connect_channel(json_data: NewChannel) -> Response:
    """Connect a number"""
    with changing() as channels:
        channel_id = channels.connect(Wanted(**json_data.model_dump()))
    log.info("channel.connected", channel_id=str(channel_id))
    location = f"{request.script_root}{COLLECTION}/{channel_id}"
    return json_answer(find_shown(channel_id), 201, {"Location": location})


@blueprint.patch("/<channel_id>")
@blueprint.input(ChannelChange, example={"access_token": "EAAG…", "is_active": True})
@blueprint.output(ChannelShown, example=examples.CHANNEL)
@blueprint.doc(operation_id="changeChannel")
def change_channel(channel_id: str, json_data: ChannelChange) -> Response:
    """Change a channel

    What is left out or empty stays as it is. After a new token a paused channel tries one message.
    """
    wanted = channel_id_of(channel_id)
    with changing() as channels:
        channels.update(wanted, Wanted(**json_data.model_dump()))
    ring(SEND)
    log.info("channel.changed", channel_id=str(wanted))
    return json_answer(find_shown(wanted))


@blueprint.delete("/<channel_id>")
@blueprint.output({}, 204, description="Disconnected.")
@blueprint.doc(operation_id="disconnectChannel")
def disconnect_channel(channel_id: str) -> Response:
    """Disconnect a channel

    Its credentials are erased and what waits to be sent from it is cancelled; its messages stay.
    """
    wanted = channel_id_of(channel_id)
    with changing() as channels:
        channels.disconnect(wanted)
    log.info("channel.disconnected", channel_id=str(wanted))
    return Response(status=204)


@blueprint.delete("/<channel_id>/secrets/<secret_id>")
@blueprint.output({}, 204, description="Dropped.")
@blueprint.doc(operation_id="dropAppSecret")
def drop_app_secret(channel_id: str, secret_id: str) -> Response:
    """Drop an app secret of a channel

    What it signs is refused from now on.
    """
    wanted, secret = channel_id_of(channel_id), as_id(secret_id)
    if secret is None:
        raise not_found()
    with changing() as channels:
        channels.drop_secret(wanted, secret)
    log.info("channel.app_secret_dropped", channel_id=str(wanted))
    return Response(status=204)


@blueprint.post("/<channel_id>/check")
@blueprint.output(ChecksShown, example=examples.CHECKS)
@blueprint.doc(operation_id="checkChannel")
def check_channel(channel_id: str) -> Response:
    """Check a channel's connection

    Asks Meta about token, permissions, number, account and subscriptions; each answer says what to do.
    """
    results = checked(channel_id_of(channel_id))
    return json_answer({"state": worst(results), "checks": shown(results)})


@blueprint.post("/<channel_id>/subscribe")
@blueprint.output(ChannelShown, example=examples.CHANNEL)
@blueprint.doc(operation_id="subscribeApp", responses={409: "Meta refused; the detail says what to do."})
def subscribe_app(channel_id: str) -> Response:
    """Subscribe the app to the account

    Without it Meta tells nothing of the account's numbers.
    """
    wanted = channel_id_of(channel_id)
    registration_of(wanted).subscribe_app()
    log.info("channel.app_subscribed", channel_id=str(wanted))
    return json_answer(find_shown(wanted))


@blueprint.post("/<channel_id>/register-callback")
@blueprint.output(ChannelShown, example=examples.CHANNEL)
@blueprint.doc(operation_id="registerCallback", responses={409: "Meta refused; the detail says what to do."})
def register_callback(channel_id: str) -> Response:
    """Tell Meta where webhooks go

    Meta verifies the address at once; it has to reach this service by https.
    """
    wanted = channel_id_of(channel_id)
    registration_of(wanted).register_callback()
    log.info("channel.callback_registered", channel_id=str(wanted))
    return json_answer(find_shown(wanted))


def registration_of(channel_id: UUID) -> Registration:
    """Return what sets a channel of the caller's tenant up at Meta."""
    return Registration(
        services().database.transaction, services().settings, current_tenant(), channel_id, current_actor()
    )


def checked(channel_id: UUID) -> list[CheckResult]:
    """Run the checks of a channel of the caller's tenant.

    Raises:
        Problem: 404.
    """
    results = run(services().database.transaction, services().settings, current_tenant(), channel_id)
    if results is None:
        raise not_found()
    return results


def shown(results: list[CheckResult]) -> list[dict[str, Any]]:
    """Return checks as JSON."""
    return [
        {"name": result.name, "state": result.state, "detail": result.detail, "advice": result.advice}
        for result in results
    ]
