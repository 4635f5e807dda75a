"""Fields other than `messages`: each row of the reference's sections 2.5 and 4."""

from datetime import UTC, datetime

import pytest

from tests.whatsapp.payloads import (
    BSUID,
    PHONE,
    PHONE_NUMBER_ID,
    SECONDS,
    WABA_ID,
    contact_of,
    field_body,
    message_of,
    status_of,
    value_of,
)
from whatsapp.fields import KINDS, LISTS
from whatsapp.payload import OtherEvent, Unhandled, split

ENTRY_AT = datetime(2025, 11, 21, 4, 40, tzinfo=UTC)

TEMPLATE = {
    "message_template_id": 594425479261596,
    "message_template_name": "invoice",
    "message_template_language": "es",
}

WHOLE_VALUES = [
    (
        "message_template_status_update",
        {
            **TEMPLATE,
            "event": "PAUSED",
            "reason": None,
            "other_info": {"title": "FIRST_PAUSE", "description": "Paused for 3 hours"},
        },
        "template_status",
    ),
    (
        "message_template_status_update",
        {
            **TEMPLATE,
            "event": "REJECTED",
            "reason": "INCORRECT_CATEGORY",
            "message_template_category": "UTILITY",
            "rejection_info": {"reason": "INCORRECT_CATEGORY", "recommendation": "Use MARKETING"},
        },
        "template_status",
    ),
    (
        "message_template_quality_update",
        {**TEMPLATE, "previous_quality_score": "GREEN", "new_quality_score": "YELLOW"},
        "template_quality",
    ),
    (
        "message_template_components_update",
        {
            **TEMPLATE,
            "message_template_element": "Hola {{1}}",
            "message_template_buttons": [
                {"message_template_button_type": "URL", "message_template_button_text": "Ver"}
            ],
        },
        "template_components",
    ),
    (
        "template_category_update",
        {**TEMPLATE, "new_category": "MARKETING", "previous_category": "UTILITY"},
        "template_category",
    ),
    (
        "template_category_update",
        {**TEMPLATE, "new_category": "UTILITY", "correct_category": "MARKETING"},
        "template_category",
    ),
    (
        "phone_number_quality_update",
        {
            "display_phone_number": "18095550100",
            "event": "THROUGHPUT_UPGRADE",
            "current_limit": "TIER_UNLIMITED",
        },
        "phone_quality",
    ),
    (
        "phone_number_name_update",
        {
            "display_phone_number": "18095550100",
            "decision": "APPROVED",
            "requested_verified_name": "Casa Sol",
            "rejection_reason": None,
        },
        "phone_name",
    ),
    (
        "account_update",
        {
            "event": "ACCOUNT_RESTRICTION",
            "restriction_info": [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1763786400}],
        },
        "account_update",
    ),
    (
        "account_update",
        {
            "event": "DISABLED_UPDATE",
            "ban_info": {"waba_ban_state": "DISABLE", "waba_ban_date": "April 17, 2025"},
        },
        "account_update",
    ),
    (
        "account_alerts",
        {
            "entity_type": "WABA",
            "entity_id": WABA_ID,
            "alert_severity": "CRITICAL",
            "alert_status": "ACTIVE",
            "alert_type": "OBA_APPROVED",
            "alert_description": "Approved",
        },
        "account_alert",
    ),
    (
        "account_alerts",
        {"entity_type": "WABA", "entity_id": WABA_ID, "alert_info": {"alert_type": "OBA_REJECTED"}},
        "account_alert",
    ),
    ("account_review_update", {"decision": "APPROVED"}, "account_review"),
    ("business_capability_update", {"max_daily_conversations_per_business": "TIER_10K"}, "capability"),
    (
        "business_capability_update",
        {"max_daily_conversation_per_phone": 10000, "max_phone_numbers_per_business": 25},
        "capability",
    ),
    (
        "security",
        {"display_phone_number": "18095550100", "event": "PIN_RESET_REQUEST", "requester": "1"},
        "security",
    ),
    (
        "business_username_update",
        {"display_phone_number": "18095550100", "username": "casasol", "status": "approved"},
        "username",
    ),
    ("automatic_events", {"event": "x"}, "automatic_event"),
    ("flows", {"event": "FLOW_STATUS_CHANGE", "flow_id": "1"}, "flow"),
    ("partner_solutions", {"event": "SOLUTION_CREATED"}, "partner_solution"),
    ("payment_configuration_update", {"configuration_name": "x"}, "payment_configuration"),
    ("consumer_profile", {"x": 1}, "consumer_profile"),
    ("account_settings_update", {"type": "phone_number_settings"}, "account_settings"),
    ("messaging_handovers", value_of(control_passed={"reason": "x"}), "handover"),
    ("standby", value_of(messages=[message_of()], contacts=[contact_of()]), "standby"),
]

CALL = {
    "id": "wacid.A1",
    "from": PHONE,
    "to": "18095550100",
    "event": "connect",
    "direction": "USER_INITIATED",
    "timestamp": str(SECONDS + 1),
    "session": {"sdp_type": "offer", "sdp": "v=0"},
}
CALL_STATUS = {
    "id": "wacid.A1",
    "type": "call",
    "status": "RINGING",
    "timestamp": str(SECONDS + 1),
    "recipient_id": PHONE,
}
ECHO = {"from": "18095550100", "to": PHONE, "id": "wamid.E1", "timestamp": str(SECONDS + 1), "type": "text"}
SYNC = {
    "type": "contact",
    "contact": {"full_name": "Ana Pérez", "phone_number": PHONE},
    "action": "add",
    "metadata": {"timestamp": str(SECONDS + 1)},
}
CHUNK = {
    "metadata": {"phase": 0, "chunk_order": 1, "progress": 55},
    "threads": [{"id": PHONE, "messages": [message_of(history_context={"status": "READ"})]}],
}
PREFERENCE = {
    "wa_id": PHONE,
    "user_id": BSUID,
    "detail": "User requested to stop marketing messages",
    "category": "marketing_messages",
    "value": "stop",
    "timestamp": SECONDS + 1,
}
GROUP = {"timestamp": str(SECONDS + 1), "group_id": "g1", "type": "group_create", "request_id": "r1"}
USER_ID = {
    "wa_id": PHONE,
    "detail": "x",
    "user_id": {"previous": "DO.o", "current": "DO.n"},
    "timestamp": SECONDS + 1,
}

LIST_ITEMS = [
    ("calls", "calls", CALL, "call", 1),
    ("calls", "calls", {**CALL, "event": "terminate", "status": "COMPLETED", "duration": 12}, "call", 1),
    ("calls", "statuses", CALL_STATUS, "call_status", 1),
    ("calls", "errors", {"code": 138001}, "app_error", 0),
    ("smb_message_echoes", "message_echoes", ECHO, "echo", 1),
    (
        "smb_message_echoes",
        "message_echoes",
        {**ECHO, "type": "edit", "edit": {"original_message_id": "wamid.E0", "message": {"type": "text"}}},
        "echo",
        1,
    ),
    (
        "smb_message_echoes",
        "message_echoes",
        {**ECHO, "type": "revoke", "revoke": {"original_message_id": "wamid.E0"}},
        "echo",
        1,
    ),
    ("message_echoes", "message_echoes", ECHO, "echo", 1),
    ("smb_app_state_sync", "state_sync", SYNC, "app_state", 1),
    ("history", "history", CHUNK, "history", 0),
    ("history", "messages", message_of(), "history", 0),
    ("history", "message_echoes", ECHO, "history", 1),
    ("history", "errors", {"code": 2593109}, "app_error", 0),
    ("user_preferences", "user_preferences", PREFERENCE, "user_preference", 1),
    ("user_id_update", "user_id_update", USER_ID, "user_id_update", 1),
    ("group_lifecycle_update", "groups", GROUP, "group_update", 1),
    ("group_participants_update", "groups", GROUP, "group_update", 1),
    ("group_participant_update", "groups", GROUP, "group_update", 1),
    ("group_settings_update", "groups", GROUP, "group_update", 1),
    ("group_status_update", "groups", GROUP, "group_update", 1),
    ("messages", "errors", {"code": 130429, "title": "Rate limit hit"}, "app_error", 0),
]


def event_from(body: bytes) -> OtherEvent:
    (event,) = split(body)
    assert isinstance(event, OtherEvent)
    return event


@pytest.mark.parametrize(("field", "value", "kind"), WHOLE_VALUES)
def test_every_account_and_template_field_is_one_event(field, value, kind) -> None:
    event = event_from(field_body(field, value))
    assert (event.field, event.kind, event.raw, event.at) == (field, kind, value, ENTRY_AT)
    assert event.waba_id == WABA_ID


@pytest.mark.parametrize(("field", "list_name", "part", "kind", "seconds_later"), LIST_ITEMS)
def test_every_element_of_a_fields_lists_is_an_event(field, list_name, part, kind, seconds_later) -> None:
    event = event_from(field_body(field, value_of(**{list_name: [part]})))
    assert (event.field, event.kind, event.raw) == (field, kind, part)
    assert (event.phone_number_id, event.waba_id) == (PHONE_NUMBER_ID, WABA_ID)
    assert event.at == ENTRY_AT.replace(second=seconds_later)


def test_every_known_field_and_list_stands_in_the_tables_above() -> None:
    assert {field for field, *_ in WHOLE_VALUES} | {field for field, *_ in LIST_ITEMS} == {*KINDS, "messages"}
    covered = {(field, list_name) for field, list_name, *_ in LIST_ITEMS}
    known = {(field, name) for field, readers in LISTS.items() for name in readers}
    tested_elsewhere = {("messages", "messages"), ("messages", "statuses")}
    same_reader_for_all = {(field, "errors") for field in LISTS}
    assert known - covered <= tested_elsewhere | same_reader_for_all


@pytest.mark.parametrize("field", sorted(KINDS))
def test_messages_and_receipts_come_from_the_field_messages_alone(field) -> None:
    value = value_of(messages=[message_of()], statuses=[status_of()], message_echoes=[message_of()])
    items = split(field_body(field, value))
    assert items
    assert all(isinstance(item, OtherEvent | Unhandled) for item in items)


def test_an_event_without_any_time_has_none() -> None:
    assert event_from(field_body("account_review_update", {"decision": "APPROVED"}, time=None)).at is None
    assert event_from(field_body("history", value_of(history=[CHUNK]), time=None)).at is None


def test_an_entry_time_in_milliseconds_is_understood() -> None:
    event = event_from(field_body("account_review_update", {"decision": "APPROVED"}, time=SECONDS * 1000))
    assert event.at == ENTRY_AT


def test_an_event_with_a_bad_time_of_its_own_is_malformed() -> None:
    (item,) = split(field_body("calls", value_of(calls=[{**CALL, "timestamp": "soon"}])))
    assert isinstance(item, Unhandled)
    assert (item.reason, item.raw["id"]) == ("malformed_item", "wacid.A1")


def test_a_bad_entry_time_costs_only_the_time() -> None:
    event = event_from(field_body("account_review_update", {"decision": "APPROVED"}, time=-1))
    assert event.at is None


def test_echoes_of_an_unknown_shape_are_kept_whole() -> None:
    value = value_of(echo={"text": "x"})
    event = event_from(field_body("message_echoes", value))
    assert (event.kind, event.raw) == ("echo", value)


def test_an_event_has_the_contact_of_its_person() -> None:
    event = event_from(field_body("user_preferences", value_of(user_preferences=[PREFERENCE], contacts=[contact_of()])))
    assert event.contact == contact_of()


@pytest.mark.parametrize("field", ["brand_new_field", "", "text with spaces", "x" * 500])
def test_an_unknown_field_is_kept_unhandled(field) -> None:
    value = value_of(statuses=[status_of()])
    (item,) = split(field_body(field, value))
    assert isinstance(item, Unhandled)
    assert (item.reason, item.field, item.raw) == ("unknown_field", field, value)


def test_an_unknown_list_beside_receipts_costs_them_nothing() -> None:
    items = split(field_body("messages", value_of(statuses=[status_of()], poll_updates=[{"id": "p"}])))
    assert [type(item).__name__ for item in items] == ["Receipt", "Unhandled"]
    assert (items[1].reason, items[1].raw["poll_updates"]) == ("unknown_field", [{"id": "p"}])
