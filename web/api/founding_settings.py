"""The ERP's settings (S0.3–S0.5): show, save, test."""

from typing import Any, Final

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import Connection

from checks.registration import callback_url
from checks.result import worst
from db import sealed
from db.changes.channels import Wanted, masked
from db.queries import channel_credentials as queries
from web.api import examples
from web.api.answers import json_answer
from web.api.auth import SETTINGS, current_tenant, protect
from web.api.channel_settings import checked, shown
from web.api.founding_channel import EMPTY_TOKEN, opened, own_secrets, save, source
from web.api.problems import Problem
from web.api.schemas.channel_settings import FoundingSettings, SettingsShown, TestShown
from web.api.services import services
from web.api.surfaces import SETTINGS_PATH

MESSAGES: Final = {
    "ok": "The connection works.",
    "warning": "The connection works, but something needs attention.",
    "error": "The connection does not work yet.",
}

blueprint = APIBlueprint("founding_settings", __name__, tag="Founding systems")
protect(blueprint, changing=SETTINGS)


@blueprint.get(SETTINGS_PATH)
@blueprint.output(SettingsShown, example=examples.FOUNDING_SETTINGS)
def get_settings() -> Response:
    """Show the configuration, secrets masked"""
    with services().database.connect() as connection:
        return json_answer(_settings_shown(connection))


@blueprint.post(SETTINGS_PATH)
@blueprint.input(FoundingSettings, example=EMPTY_TOKEN)
@blueprint.output(SettingsShown, example={**examples.FOUNDING_SETTINGS, "message": "Configuration saved."})
def save_settings(json_data: FoundingSettings) -> Response:
    """Save the configuration

    Empty fields keep what is stored.
    """
    wanted = Wanted(
        phone_number_id=json_data.phoneNumberId,
        waba_id=json_data.businessAccountId,
        access_token=json_data.accessToken,
        verify_token=json_data.webhookVerifyToken,
        app_secret=json_data.appSecret,
    )
    save(wanted)
    with services().database.connect() as connection:
        return json_answer({**_settings_shown(connection), "message": "Configuration saved."})


@blueprint.post(f"{SETTINGS_PATH}/test")
@blueprint.output(TestShown, example={"success": True, "message": MESSAGES["warning"], "checks": [examples.CHECK]})
@blueprint.doc(responses={400: "Nothing is configured yet."})
def test_settings() -> Response:
    """Test the connection: real calls to Meta, an answer per check with what to do"""
    with services().database.connect() as connection:
        channel = queries.find_first(connection, current_tenant())
    if channel is None:
        raise Problem(400, "not_configured", "WhatsApp is not configured yet: save the configuration first.")
    results = checked(channel.id)
    state = worst(results)
    return json_answer({"success": state != "error", "message": MESSAGES[state], "checks": shown(results)})


def _settings_shown(connection: Connection) -> dict[str, Any]:
    settings = services().settings
    channel = queries.find_first(connection, current_tenant())
    access_token = opened(channel and channel.access_token, sealed.ACCESS_TOKEN)
    verify_token = opened(channel and channel.verify_token, sealed.VERIFY_TOKEN) or settings.verify_token
    own = own_secrets(connection, channel)
    return {
        "success": True,
        "message": None,
        "phoneNumberId": channel.phone_number_id if channel else None,
        "businessAccountId": channel.waba_id if channel else None,
        "accessToken": masked(access_token),
        "webhookVerifyToken": masked(verify_token),
        "has_access_token": access_token is not None,
        "has_webhook_verify_token": verify_token is not None,
        "source": source(channel),
        "isActive": channel is not None and channel.is_active,
        "webhookUrl": callback_url(settings, channel.id if channel is not None and own else None),
    }
