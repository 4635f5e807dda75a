"""The tenant's configuration of S2 (S2.3–S2.5): show, save by three methods, delete."""

from apiflask import APIBlueprint
from flask import Response

from db.changes.channels import Wanted
from db.queries import channel_credentials as queries
from web.api import examples
from web.api.answers import json_answer, moment
from web.api.auth import SETTINGS, current_tenant, protect
from web.api.channel_settings import changing
from web.api.founding_channel import EMPTY_TOKEN, save
from web.api.schemas.channel_settings import ConfigShown, Done, FoundingConfig
from web.api.services import services
from web.api.surfaces import CONFIG_PATH

blueprint = APIBlueprint("founding_config", __name__, tag="Founding systems")
protect(blueprint, changing=SETTINGS)


@blueprint.get(CONFIG_PATH)
@blueprint.output(ConfigShown, example=examples.FOUNDING_CONFIG)
def get_config() -> Response:
    """Show the configuration without its token"""
    with services().database.connect() as connection:
        channel = queries.find_first(connection, current_tenant())
    if channel is None:
        return json_answer({"configured": False, "config": None})
    config = {
        "phoneNumberId": channel.phone_number_id,
        "displayPhoneNumber": channel.display_phone_number,
        "isActive": channel.is_active,
        "createdAt": moment(channel.created_at),
        "updatedAt": moment(channel.updated_at),
    }
    return json_answer({"configured": True, "config": config})


@blueprint.put(CONFIG_PATH)
@blueprint.post(CONFIG_PATH)
@blueprint.patch(CONFIG_PATH)
@blueprint.input(FoundingConfig, example=EMPTY_TOKEN)
@blueprint.output(Done, example={"ok": True})
def save_config(json_data: FoundingConfig) -> Response:
    """Save the configuration

    PUT, POST and PATCH do the same. An empty token keeps the present one.
    """
    wanted = Wanted(
        phone_number_id=json_data.phoneNumberId,
        display_phone_number=json_data.displayPhoneNumber,
        access_token=json_data.accessToken,
        is_active=json_data.isActive,
    )
    save(wanted)
    return json_answer({"ok": True})


@blueprint.delete(CONFIG_PATH)
@blueprint.output(Done, example={"ok": True})
def delete_config() -> Response:
    """Disconnect: credentials are erased, messages stay"""
    with services().database.connect() as connection:
        channel = queries.find_first(connection, current_tenant())
    if channel is not None:
        with changing() as channels:
            channels.disconnect(channel.id)
    return json_answer({"ok": True})
