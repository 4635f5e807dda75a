"""Inbound messages: each row of the reference's sections 2.2 to 2.4."""

from datetime import UTC, datetime

import pytest

from tests.whatsapp.payloads import (
    BSUID,
    PARENT_BSUID,
    PHONE,
    PHONE_NUMBER_ID,
    SECONDS,
    WABA_ID,
    contact_of,
    message_of,
    messages_body,
    without,
)
from whatsapp.inbound import TEXT_PATHS
from whatsapp.payload import InboundMessage, OtherEvent, Unhandled, split

MEDIA = {
    "id": "1013859600285441",
    "mime_type": "image/jpeg",
    "sha256": "29ed500fa64eb55fc19dc4124acb300e5dcca0f8=",
}
CARD = {
    "name": {"formatted_name": "Luis Gómez"},
    "phones": [{"phone": "+1 829 555 0199", "wa_id": "18295550199"}],
}

TYPES = [
    ("text", {"text": {"body": "Hola"}}, "Hola"),
    (
        "image",
        {"image": {**MEDIA, "caption": "El recibo", "url": "https://lookaside.example/1"}},
        "El recibo",
    ),
    ("image", {"image": MEDIA}, None),
    ("video", {"video": {**MEDIA, "mime_type": "video/mp4", "caption": "Mira"}}, "Mira"),
    ("audio", {"audio": {**MEDIA, "mime_type": "audio/ogg; codecs=opus", "voice": True}}, None),
    ("document", {"document": {**MEDIA, "filename": "pago.pdf", "caption": "Pago"}}, "Pago"),
    ("document", {"document": {**MEDIA, "filename": "pago.pdf"}}, None),
    ("sticker", {"sticker": {**MEDIA, "mime_type": "image/webp", "animated": False}}, None),
    ("location", {"location": {"latitude": 18.47, "longitude": -69.9, "name": "Oficina"}}, "Oficina"),
    ("location", {"location": {"latitude": 18.47, "longitude": -69.9, "address": "Calle 5"}}, "Calle 5"),
    ("location", {"location": {"latitude": 18.47, "longitude": -69.9}}, None),
    ("contacts", {"contacts": [{**CARD, "vcard": "BEGIN:VCARD", "origin": "other"}]}, "Luis Gómez"),
    ("contacts", {"contacts": [{"phones": [{"phone": "18295550142"}], "origin": "contact_request"}]}, None),
    ("contacts", {"contacts": []}, None),
    (
        "interactive",
        {"interactive": {"type": "button_reply", "button_reply": {"id": "y", "title": "Sí"}}},
        "Sí",
    ),
    (
        "interactive",
        {
            "interactive": {
                "type": "list_reply",
                "list_reply": {"id": "2", "title": "Mañana", "description": "9:00"},
            }
        },
        "Mañana",
    ),
    (
        "interactive",
        {
            "interactive": {
                "type": "nfm_reply",
                "nfm_reply": {"name": "flow", "body": "Sent", "response_json": "[1]"},
            }
        },
        "Sent",
    ),
    (
        "interactive",
        {
            "interactive": {
                "type": "call_permission_reply",
                "call_permission_reply": {
                    "response": "accept",
                    "expiration_timestamp": 1,
                    "response_source": "user",
                },
            }
        },
        "accept",
    ),
    ("interactive", {}, None),
    (
        "button",
        {"button": {"payload": "PAY", "text": "Pagar"}, "context": {"from": "1809", "id": "wamid.T"}},
        "Pagar",
    ),
    ("button", {"button": {"payload": "PAY", "text": "Pagar"}}, "Pagar"),
    (
        "order",
        {
            "order": {
                "catalog_id": "1",
                "text": "Para hoy",
                "product_items": [
                    {"product_retailer_id": "a", "quantity": 1, "item_price": 5.5, "currency": "DOP"},
                ],
            }
        },
        "Para hoy",
    ),
    ("reaction", {"reaction": {"message_id": "wamid.OUT1", "emoji": "👍"}}, "👍"),
    ("reaction", {"reaction": {"message_id": "wamid.OUT1", "emoji": ""}}, None),
    ("reaction", {"reaction": {"message_id": "wamid.OUT1"}}, None),
    (
        "system",
        {"system": {"type": "user_changed_number", "body": "changed", "wa_id": "18295550177"}},
        "changed",
    ),
    (
        "edit",
        {
            "edit": {
                "original_message_id": "wamid.IN0",
                "message": {"type": "text", "text": {"body": "Corrijo"}},
            }
        },
        "Corrijo",
    ),
    (
        "edit",
        {
            "edit": {
                "original_message_id": "wamid.IN0",
                "message": {"type": "image", "image": {"caption": "Otra"}},
            }
        },
        "Otra",
    ),
    ("revoke", {"revoke": {"original_message_id": "wamid.IN0"}}, None),
    (
        "unsupported",
        {"errors": [{"code": 131051, "title": "Unsupported message type"}], "unsupported": {"type": "poll"}},
        None,
    ),
    ("unknown", {"errors": [{"code": 131051, "title": "Unsupported message type"}]}, None),
    ("request_welcome", {}, None),
]


def message_from(message, **lists) -> InboundMessage:
    (item,) = split(messages_body(messages=[message], **lists))
    assert isinstance(item, InboundMessage)
    return item


def unhandled_from(message) -> Unhandled:
    (item,) = split(messages_body(messages=[message]))
    assert isinstance(item, Unhandled)
    return item


@pytest.mark.parametrize(("kind", "content", "text"), TYPES)
def test_every_type_is_a_message_with_what_a_person_reads(kind, content, text) -> None:
    sent = {**without(message_of(kind), "text"), **content}
    message = message_from(sent, contacts=[contact_of()])
    assert (message.type, message.text, message.raw) == (kind, text, sent)
    assert (message.wamid, message.at) == ("wamid.IN1", datetime(2025, 11, 21, 4, 40, tzinfo=UTC))
    assert (message.phone_number_id, message.waba_id, message.field) == (PHONE_NUMBER_ID, WABA_ID, "messages")
    assert (message.sender_phone, message.sender_bsuid) == (f"+{PHONE}", BSUID)
    assert (message.profile_name, message.username) == ("Ana Pérez", "@ana")


def test_every_known_type_stands_in_the_table_above() -> None:
    assert {kind for kind, _, _ in TYPES} == set(TEXT_PATHS)


@pytest.mark.parametrize("kind", sorted(TEXT_PATHS))
@pytest.mark.parametrize("content", [None, 5, "x", [], [5], {}, {"body": 5, "caption": [], "message": {"type": []}}])
def test_a_message_whose_content_has_another_shape_is_still_a_message(kind, content) -> None:
    message = message_from({**message_of(kind), kind: content})
    assert (message.type, message.text) == (kind, None)


@pytest.mark.parametrize("kind", ["poll_vote", "", None, 5, ["text"], {"text": 1}])
def test_an_unknown_type_is_kept_unhandled_with_its_contact(kind) -> None:
    (item,) = split(messages_body(messages=[{**message_of(), "type": kind}], contacts=[contact_of()]))
    assert isinstance(item, Unhandled)
    assert (item.reason, item.raw["id"], item.contact) == ("unknown_message_type", "wamid.IN1", contact_of())


def test_an_edit_inside_an_edit_is_read_no_deeper() -> None:
    inner = {"type": "edit", "edit": {"message": {"type": "text", "text": {"body": "x"}}}}
    message = message_from({**message_of("edit"), "edit": {"original_message_id": "wamid.IN0", "message": inner}})
    assert message.text is None


# Who wrote it (2.2, 5.1, 5.2)


def test_a_sender_with_a_username_comes_without_a_phone() -> None:
    message = message_from(
        without(message_of(), "from"), contacts=[without(contact_of(parent_user_id=PARENT_BSUID), "wa_id")]
    )
    assert (message.sender_phone, message.sender_bsuid) == (None, BSUID)
    assert message.profile_name == "Ana Pérez"
    assert message.contact is not None
    assert message.contact["parent_user_id"] == PARENT_BSUID


def test_a_bsuid_inside_from_and_wa_id_is_no_phone() -> None:
    message = message_from(
        without(message_of(**{"from": BSUID}), "from_user_id"),
        contacts=[without(contact_of(wa_id=BSUID), "user_id")],
    )
    assert (message.sender_phone, message.sender_bsuid, message.username) == (None, BSUID, "@ana")


def test_a_parent_bsuid_is_accepted_as_sender() -> None:
    message = message_from(without(message_of(**{"from": PARENT_BSUID}), "from_user_id"))
    assert message.sender_bsuid == PARENT_BSUID


def test_a_sender_without_a_bsuid_gets_it_from_the_contact() -> None:
    message = message_from(without(message_of(), "from_user_id"), contacts=[contact_of()])
    assert (message.sender_phone, message.sender_bsuid) == (f"+{PHONE}", BSUID)


@pytest.mark.parametrize("contacts", [None, [], "x", [5], [{}], [{"wa_id": None}], [{"wa_id": "1", "user_id": "2"}]])
def test_without_its_contact_a_message_has_no_name(contacts) -> None:
    message = message_from(message_of(), contacts=contacts)
    assert (message.sender_phone, message.profile_name, message.username, message.contact) == (
        f"+{PHONE}",
        None,
        None,
        None,
    )


@pytest.mark.parametrize("profile", [None, 5, {}, {"name": ""}, {"name": 5}])
def test_profile_and_name_may_be_missing(profile) -> None:
    assert message_from(message_of(), contacts=[contact_of(profile=profile)]).profile_name is None


def test_contacts_are_paired_by_phone_or_bsuid_never_by_position() -> None:
    first = message_of(id="wamid.A", **{"from": "18295550001"}, from_user_id="DO.a1")
    second = without(message_of(id="wamid.B", from_user_id="DO.b2"), "from")
    contacts = [
        {"profile": {"name": "B"}, "user_id": "DO.b2"},
        {"profile": {"name": "A"}, "wa_id": "18295550001"},
    ]
    items = split(messages_body(messages=[first, second], contacts=contacts))
    assert [(item.wamid, item.profile_name) for item in items] == [("wamid.A", "A"), ("wamid.B", "B")]


@pytest.mark.parametrize("sender", [None, "", 18295550142, "abc", "0", "1" * 16, ["18295550142"]])
def test_a_message_from_nobody_is_malformed(sender) -> None:
    item = unhandled_from(without(message_of(**{"from": sender}), "from_user_id"))
    assert item.reason == "malformed_item"


@pytest.mark.parametrize("spoilt", [{"id": None}, {"id": 7}, {"timestamp": None}, {"timestamp": "yesterday"}])
def test_a_message_without_id_or_time_is_malformed(spoilt) -> None:
    assert unhandled_from({**message_of(), **spoilt}).reason == "malformed_item"


def test_a_message_in_milliseconds_has_the_same_time() -> None:
    assert message_from(message_of(timestamp=str(SECONDS * 1000))).at == message_from(message_of()).at


# What it belongs to


def test_a_reply_names_the_message_it_answers() -> None:
    message = message_from(message_of(context={"from": "18095550100", "id": "wamid.OUT1"}))
    assert message.context_wamid == "wamid.OUT1"


@pytest.mark.parametrize("context", [{"forwarded": True}, {"frequently_forwarded": True}, {}, None, "x", {"id": 5}])
def test_a_forwarded_message_answers_nothing(context) -> None:
    assert message_from(message_of(context=context)).context_wamid is None


def test_reaction_edit_and_revoke_name_their_target() -> None:
    reaction = message_from(message_of("reaction", reaction={"message_id": "wamid.OUT1", "emoji": "👍"}))
    edit = message_from(message_of("edit", edit={"original_message_id": "wamid.IN0"}, context={"id": "M0"}))
    revoke = message_from(message_of("revoke", revoke={"original_message_id": "wamid.IN0"}))
    assert [m.context_wamid for m in (reaction, edit, revoke)] == ["wamid.OUT1", "wamid.IN0", "wamid.IN0"]


def test_a_group_message_tells_its_group() -> None:
    assert message_from(message_of(group_id="Y2FwaV9ncm91cDox")).group_id == "Y2FwaV9ncm91cDox"
    assert message_from(message_of()).group_id is None


def test_referral_identity_and_product_stay_in_raw() -> None:
    message = message_of(
        referral={"source_url": "https://fb.me/x", "source_id": "1", "source_type": "ad", "ctwa_clid": "c"},
        identity={"acknowledged": True, "created_timestamp": "1763700000", "hash": "h"},
        context={"referred_product": {"catalog_id": "1", "product_retailer_id": "a"}},
    )
    assert message_from(message).raw == message


# System messages (2.4): no contacts

SYSTEM = [
    pytest.param(
        {"from": PHONE},
        {
            "type": "user_changed_number",
            "body": "b",
            "wa_id": "18295550177",
            "user_id": "DO.n",
            "previous_user_id": "DO.o",
        },
        (f"+{PHONE}", "DO.n"),
        id="user_changed_number",
    ),
    pytest.param(
        {},
        {"type": "user_changed_user_id", "body": "b", "user_id": "DO.n", "previous_user_id": "DO.o"},
        (None, "DO.n"),
        id="user_changed_user_id",
    ),
    pytest.param(
        {"from": PHONE, "identity": {"acknowledged": False, "created_timestamp": "1763700000", "hash": "h"}},
        {"type": "customer_identity_changed", "body": "b"},
        (f"+{PHONE}", None),
        id="customer_identity_changed",
    ),
    pytest.param(
        {"from": PHONE},
        {"type": "customer_changed_number", "body": "b", "new_wa_id": "18295550177", "customer": PHONE},
        (f"+{PHONE}", None),
        id="legacy spelling",
    ),
]


@pytest.mark.parametrize(("more", "system", "sender"), SYSTEM)
def test_every_system_message_is_read_without_contacts(more, system, sender) -> None:
    sent = {**without(message_of("system"), "from", "from_user_id"), **more, "system": system}
    message = message_from(sent)
    assert (message.type, message.sender_phone, message.sender_bsuid) == ("system", *sender)
    assert message.raw["system"] == system


# Errors beside messages (2.3)


def test_an_unrenderable_reply_keeps_the_error_that_explains_it() -> None:
    errors = [{"code": 131000, "title": "Something went wrong"}]
    message = message_from(message_of("interactive"), errors=errors, contacts=[contact_of()])
    assert (message.type, message.text, message.raw["errors"]) == ("interactive", None, errors)


def test_errors_beside_other_messages_are_events_of_their_own() -> None:
    errors = [{"code": 130429, "title": "Rate limit hit"}, {"code": 0, "title": "AuthException"}]
    items = split(messages_body(messages=[message_of()], errors=errors))
    assert isinstance(items[0], InboundMessage)
    assert [(type(item), item.kind, item.raw) for item in items[1:]] == [
        (OtherEvent, "app_error", error) for error in errors
    ]


def test_the_users_file_that_is_too_large_stays_readable() -> None:
    message = message_from(message_of("document", errors=[{"code": 131052, "title": "Media download error"}]))
    assert message.raw["errors"][0]["code"] == 131052
