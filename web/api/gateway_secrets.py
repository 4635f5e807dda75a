"""/v1/gateways/{session}/secrets: a new secret for a session's webhooks while the old one still counts."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from db import gateway_settings
from db.queries import app_secrets, gateway_sources
from messaging.violations import Violation
from observability.logging import get_logger
from web.api.answers import json_answer, moment
from web.api.auth import SETTINGS, current_actor, current_tenant, protect
from web.api.gateways import COLLECTION
from web.api.inputs import below
from web.api.message_lookup import as_id
from web.api.problems import Problem, invalid
from web.api.schemas.gateways import NewSecret, SecretList, SecretMade
from web.api.services import services

EXAMPLE_SECRET = {
    "id": "019a9d2e-5a2e-7b90-9c11-5f0f7a6b1c78",
    "created_at": "2026-11-21T10:00:00.000000Z",
    "last_used_at": None,
}

blueprint = APIBlueprint("gateway_secrets", __name__, tag="Gateways", url_prefix=f"{COLLECTION}/<session_id>/secrets")
protect(blueprint, changing=SETTINGS)
log = get_logger(__name__)


@blueprint.get("")
@blueprint.output(SecretList, example={"data": [EXAMPLE_SECRET], "next": None})
@blueprint.doc(operation_id="listSessionSecrets")
def list_secrets(session_id: str) -> Response:
    """List the secrets that a session's webhooks may prove themselves with

    The newest first; one that signs no more can be dropped.
    """
    with services().database.connect() as connection:
        source = gateway_sources.find(connection, current_tenant(), session_id)
        if source is None:
            raise _not_found()
        rows = app_secrets.of_tenant(connection, current_tenant())
    shown = [_shown(row) for row in rows if row.channel_id == source.channel_id]
    return json_answer({"data": shown, "next": None})


@blueprint.post("")
@blueprint.input(NewSecret, example={})
@blueprint.output(SecretMade, 201, example={"secret": "shown this once"})
@blueprint.doc(operation_id="addSessionSecret")
def add_secret(session_id: str, json_data: NewSecret) -> Response:
    """Make another secret for a session's webhooks

    Both count until the older one is dropped: enter the new one at the gateway, see it used, then drop the old one.
    """
    try:
        with services().database.transaction() as connection:
            secret = gateway_settings.add_secret(
                connection,
                services().keyring,
                current_tenant(),
                current_actor(),
                session_id,
                secret=json_data.secret,
            )
    except Violation as violation:
        raise invalid(below("", violation)) from None
    if secret is None:
        raise _not_found()
    log.info("gateway.secret_added")
    return json_answer({"secret": secret}, 201, {"Cache-Control": "no-store"})


@blueprint.delete("/<secret_id>")
@blueprint.output({}, 204, description="Dropped.")
@blueprint.doc(operation_id="dropSessionSecret", responses={409: "It is the last one."})
def drop_secret(session_id: str, secret_id: str) -> Response:
    """Drop a secret: what proves itself with it is refused from now on"""
    wanted = as_id(secret_id)
    with services().database.transaction() as connection:
        if wanted is None or not gateway_settings.drop_secret(
            connection, current_tenant(), current_actor(), session_id, wanted
        ):
            raise _not_found()
    log.info("gateway.secret_dropped")
    return Response(status=204)


def _not_found() -> Problem:
    return Problem(404, detail="There is no such session or secret.")


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "created_at": moment(row.created_at),
        "last_used_at": moment(row.last_used_at),
    }
