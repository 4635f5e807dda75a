"""The webhook's self-test (S1.7)."""

from apiflask import APIBlueprint
from flask import Response

from checks.registration import callback_url
from db.queries import channel_credentials as queries
from web.api.answers import json_answer, moment
from web.api.auth import current_tenant, protect
from web.api.founding_channel import own_secrets
from web.api.schemas.channel_settings import SelfTest
from web.api.services import services
from web.api.surfaces import SELF_TEST_PATH

blueprint = APIBlueprint("founding_self_test", __name__, tag="Founding systems")
protect(blueprint)


@blueprint.get(SELF_TEST_PATH)
@blueprint.output(
    SelfTest,
    example={
        "success": True,
        "url": "https://pay.example.com/webhook",
        "verify_token_set": True,
        "secret_set": True,
        "webhook_verified_at": None,
        "last_event_at": None,
        "last_signature_failure_at": None,
    },
)
def test_webhook() -> Response:
    """Tell whether webhooks can be verified, and when they last were"""
    settings = services().settings
    with services().database.connect() as connection:
        channel = queries.find_first(connection, current_tenant())
        own = own_secrets(connection, channel)
    is_token_set = settings.verify_token is not None or (channel is not None and channel.verify_token is not None)
    is_secret_set = bool(own or settings.app_secrets)
    answer = {
        "success": is_token_set and is_secret_set,
        "url": callback_url(settings, channel.id if channel is not None and own else None),
        "verify_token_set": is_token_set,
        "secret_set": is_secret_set,
        "webhook_verified_at": moment(channel.webhook_verified_at) if channel else None,
        "last_event_at": moment(channel.last_event_at) if channel else None,
        "last_signature_failure_at": moment(channel.webhook_refused_at) if channel else None,
    }
    return json_answer(answer)
