"""/v1/conversation-settings: words of consent, business hours, how long things are kept."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from db.changes import retention
from db.queries import audit, conversation_settings
from db.queries.retention import KeptDays
from web.api import conversation_examples as examples
from web.api.answers import json_answer
from web.api.auth import SETTINGS, current_actor, current_tenant, protect
from web.api.schemas.contacts import ConversationSettings
from web.api.services import services

blueprint = APIBlueprint("conversation_settings", __name__, tag="Conversations", url_prefix="/v1/conversation-settings")
protect(blueprint, changing=SETTINGS)


@blueprint.get("")
@blueprint.output(ConversationSettings, example=examples.SETTINGS)
@blueprint.doc(operation_id="getConversationSettings")
def get_settings() -> Response:
    """Show how conversations are run"""
    with services().database.connect() as connection:
        row = conversation_settings.find(connection, current_tenant())
    return json_answer(_shown(row))


@blueprint.put("")
@blueprint.input(ConversationSettings, example=examples.SETTINGS)
@blueprint.output(ConversationSettings, example=examples.SETTINGS)
@blueprint.doc(operation_id="putConversationSettings")
def put_settings(json_data: ConversationSettings) -> Response:
    """Change how conversations are run, all of it at once"""
    tenant_id, hours = current_tenant(), json_data.business_hours
    values = json_data.model_dump(exclude={"business_hours", "messages_days", "media_days", "events_days"})
    days = KeptDays(json_data.messages_days, json_data.media_days, json_data.events_days)
    values |= {"time_zone": hours.time_zone if hours else None, "business_hours": hours.days if hours else None}
    with services().database.transaction() as connection:
        conversation_settings.put(connection, tenant_id, values)
        audit.write(
            connection, tenant_id, actor=current_actor(), action="conversations.settings_changed", target=str(tenant_id)
        )
        retention.change(connection, tenant_id, days, actor=current_actor())
        row = conversation_settings.find(connection, tenant_id)
    return json_answer(_shown(row))


def _shown(row: Any | None) -> dict[str, Any]:
    if row is None:
        return ConversationSettings().model_dump()
    hours = None
    if row.business_hours is not None:
        hours = {"time_zone": row.time_zone, "days": row.business_hours}
    return {
        "languages": row.languages,
        "stop_words": row.stop_words,
        "start_words": row.start_words,
        "stop_confirmation": row.stop_confirmation,
        "start_confirmation": row.start_confirmation,
        "business_hours": hours,
        "messages_days": row.messages_days,
        "media_days": row.media_days,
        "events_days": row.events_days,
    }
