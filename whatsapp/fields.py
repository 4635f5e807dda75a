"""What each webhook field holds (Meta: Webhooks overview and the reference page of each field).

The field decides before any list is looked at: `calls` has `statuses`, and `history` has old `messages`, and
neither may ever be taken for a receipt or a message.
"""

from collections.abc import Mapping

from whatsapp.inbound import read_message
from whatsapp.items import Json, OtherEvent
from whatsapp.reading import Change, Reader
from whatsapp.receipts import read_receipt
from whatsapp.wire_values import timestamp


def _event_reader(kind: str) -> Reader:
    def read_event(part: Json, change: Change, list_name: str) -> OtherEvent:
        return _event(kind, part, change, list_name)

    return read_event


def _event(kind: str, part: Json, change: Change, list_name: str) -> OtherEvent:
    metadata = part.get("metadata")
    own_time = part.get("timestamp")
    if own_time is None and isinstance(metadata, dict):
        own_time = metadata.get("timestamp")
    return OtherEvent(
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        field=change.field,
        raw=part,
        contact=change.contact_of(part),
        list_name=list_name,
        origin=change.origin,
        kind=kind,
        at=change.entry_at() if own_time is None else timestamp(own_time),
    )


def read_whole_value(value: Json, change: Change) -> OtherEvent:
    """Read a value that is one event as a whole."""
    return OtherEvent(
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        field=change.field,
        raw=value,
        origin=change.origin,
        kind=KINDS[change.field],
        at=change.entry_at(),
    )


KINDS: Mapping[str, str] = {
    "account_alerts": "account_alert",
    "account_review_update": "account_review",
    "account_settings_update": "account_settings",
    "account_update": "account_update",
    "automatic_events": "automatic_event",
    "business_capability_update": "capability",
    "business_username_update": "username",
    "calls": "call",
    "consumer_profile": "consumer_profile",
    "flows": "flow",
    "group_lifecycle_update": "group_update",
    "group_participant_update": "group_update",
    "group_participants_update": "group_update",
    "group_settings_update": "group_update",
    "group_status_update": "group_update",
    "history": "history",
    "message_echoes": "echo",
    "message_template_components_update": "template_components",
    "message_template_quality_update": "template_quality",
    "message_template_status_update": "template_status",
    "messaging_handovers": "handover",
    "partner_solutions": "partner_solution",
    "payment_configuration_update": "payment_configuration",
    "phone_number_name_update": "phone_name",
    "phone_number_quality_update": "phone_quality",
    "security": "security",
    "smb_app_state_sync": "app_state",
    "smb_message_echoes": "echo",
    "standby": "standby",
    "template_category_update": "template_category",
    "user_id_update": "user_id_update",
    "user_preferences": "user_preference",
}
"""Every field beside `messages`, and the kind of a value that is one event as a whole."""

_APP_ERRORS = {"errors": _event_reader("app_error")}
_ECHOES = {"message_echoes": _event_reader("echo"), **_APP_ERRORS}
_GROUPS = {"groups": _event_reader("group_update"), **_APP_ERRORS}

LISTS: Mapping[str, Mapping[str, Reader]] = {
    "messages": {"messages": read_message, "statuses": read_receipt, **_APP_ERRORS},
    "calls": {"calls": _event_reader("call"), "statuses": _event_reader("call_status"), **_APP_ERRORS},
    "history": {
        "history": _event_reader("history"),
        "messages": _event_reader("history"),
        "message_echoes": _event_reader("history"),
        **_APP_ERRORS,
    },
    "smb_message_echoes": _ECHOES,
    "message_echoes": _ECHOES,
    "smb_app_state_sync": {"state_sync": _event_reader("app_state"), **_APP_ERRORS},
    "user_preferences": {"user_preferences": _event_reader("user_preference"), **_APP_ERRORS},
    "user_id_update": {"user_id_update": _event_reader("user_id_update"), **_APP_ERRORS},
    "group_lifecycle_update": _GROUPS,
    "group_participant_update": _GROUPS,
    "group_participants_update": _GROUPS,
    "group_settings_update": _GROUPS,
    "group_status_update": _GROUPS,
}
"""Fields whose value holds lists of independent items, and the reader of each list."""
