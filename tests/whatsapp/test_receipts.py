"""Receipts: each row of the reference's section 3, and who they are about (5.2)."""

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
    messages_body,
    status_of,
    without,
)
from whatsapp.payload import Receipt, ReportedError, Unhandled, split

AT = datetime(2025, 11, 21, 4, 40, tzinfo=UTC)


def receipt_of(status, **lists) -> Receipt:
    (receipt,) = split(messages_body(statuses=[status], **lists))
    assert isinstance(receipt, Receipt)
    return receipt


def unhandled_of(status) -> Unhandled:
    (item,) = split(messages_body(statuses=[status]))
    assert isinstance(item, Unhandled)
    return item


@pytest.mark.parametrize("word", ["sent", "delivered", "read", "played", "failed"])
def test_every_status_is_a_receipt(word: str) -> None:
    receipt = receipt_of(status_of(word))
    assert (receipt.status, receipt.wamid, receipt.at) == (word, "wamid.OUT1", AT)
    assert (receipt.recipient_phone, receipt.recipient_bsuid) == (f"+{PHONE}", BSUID)
    assert (receipt.phone_number_id, receipt.waba_id, receipt.field) == (PHONE_NUMBER_ID, WABA_ID, "messages")
    assert (receipt.participant, receipt.group_id) == ("", None)


@pytest.mark.parametrize("word", ["deleted", "warning", "Sent", "", None, 5, ["sent"], {"sent": 1}])
def test_an_unknown_status_is_kept_unhandled(word) -> None:
    item = unhandled_of(status_of(word))
    assert item.reason == "unknown_status"
    assert item.raw["id"] == "wamid.OUT1"


def test_the_raw_status_keeps_everything_meta_sent() -> None:
    status = status_of(
        "failed",
        recipient_parent_user_id=PARENT_BSUID,
        parent_recipient_user_id=PARENT_BSUID,
        recipient_identity_key_hash="DF2lS5v2W6x=",
        errors=[{"code": 131026}, {"code": 131000}],
    )
    assert receipt_of(status).raw == status


def test_our_callback_data_comes_back() -> None:
    assert receipt_of(status_of(biz_opaque_callback_data="0198b3c1:2")).callback_data == "0198b3c1:2"
    assert receipt_of(status_of()).callback_data is None


@pytest.mark.parametrize("timestamp", [str(SECONDS), SECONDS, str(SECONDS * 1000), SECONDS * 1000])
def test_times_come_as_seconds_or_milliseconds_as_text_or_number(timestamp) -> None:
    assert receipt_of(status_of(timestamp=timestamp)).at == AT


def test_milliseconds_keep_their_fraction() -> None:
    assert receipt_of(status_of(timestamp=str(SECONDS * 1000 + 123))).at == AT.replace(microsecond=123000)


@pytest.mark.parametrize(
    "timestamp",
    [
        None,
        "",
        "soon",
        "-5",
        -5,
        0,
        "0",
        True,
        1.5,
        "1.5",
        " 1763700000",
        "²",
        10**12 - 1,
        10**18,
        "9" * 5000,
        [],
        {},
    ],
)
def test_a_time_that_is_none_makes_the_item_malformed(timestamp) -> None:
    assert unhandled_of(status_of(timestamp=timestamp)).reason == "malformed_item"


@pytest.mark.parametrize("spoilt", [{"id": None}, {"id": ""}, {"id": 5}])
def test_a_status_without_a_message_id_is_malformed(spoilt) -> None:
    assert unhandled_of({**status_of(), **spoilt}).reason == "malformed_item"


def test_sent_to_a_bsuid_whose_phone_is_kept_back() -> None:
    receipt = receipt_of(without(status_of(), "recipient_id"))
    assert (receipt.recipient_phone, receipt.recipient_bsuid) == (None, BSUID)


def test_failed_to_a_phone_has_no_bsuid_and_no_contacts() -> None:
    receipt = receipt_of(without(status_of("failed"), "recipient_user_id"))
    assert (receipt.recipient_phone, receipt.recipient_bsuid, receipt.contact) == (f"+{PHONE}", None, None)


def test_a_bsuid_inside_recipient_id_is_a_bsuid() -> None:
    receipt = receipt_of(without(status_of(recipient_id=BSUID), "recipient_user_id"))
    assert (receipt.recipient_phone, receipt.recipient_bsuid) == (None, BSUID)


def test_a_receipt_about_nobody_is_still_a_receipt() -> None:
    receipt = receipt_of(without(status_of(), "recipient_id", "recipient_user_id"))
    assert (receipt.recipient_phone, receipt.recipient_bsuid) == (None, None)


def test_contacts_beside_statuses_are_paired_with_them() -> None:
    receipt = receipt_of(
        without(status_of("read"), "recipient_user_id"),
        contacts=[contact_of(wa_id="1", user_id="x"), contact_of()],
    )
    assert receipt.contact == contact_of()
    assert receipt.recipient_bsuid == BSUID


def test_a_group_receipt_is_about_a_participant() -> None:
    status = status_of(
        "read",
        recipient_type="group",
        recipient_id="Y2FwaV9ncm91cDox",
        recipient_participant_id=PHONE,
        recipient_participant_user_id=BSUID,
        recipient_participant_parent_user_id=PARENT_BSUID,
    )
    receipt = receipt_of(without(status, "recipient_user_id"))
    assert (receipt.group_id, receipt.participant) == ("Y2FwaV9ncm91cDox", BSUID)
    assert (receipt.recipient_phone, receipt.recipient_bsuid) == (f"+{PHONE}", BSUID)


def test_group_receipts_of_several_participants_stay_apart() -> None:
    statuses = [
        without(
            status_of(recipient_type="group", recipient_id="g", recipient_participant_id=digits),
            "recipient_user_id",
        )
        for digits in ("18295550001", "18295550002")
    ]
    assert [item.participant for item in split(messages_body(statuses=statuses))] == [
        "18295550001",
        "18295550002",
    ]


def test_the_first_error_is_read_and_all_stay() -> None:
    error = {
        "code": 131026,
        "title": "Message undeliverable",
        "message": "Message undeliverable",
        "error_data": {"details": "Message undeliverable."},
        "href": "https://developers.facebook.com/",
    }
    receipt = receipt_of(status_of("failed", errors=[error, {"code": 1}]))
    assert receipt.error == ReportedError(
        131026,
        "Message undeliverable",
        "Message undeliverable",
        "Message undeliverable.",
        "https://developers.facebook.com/",
    )
    assert receipt.raw["errors"] == [error, {"code": 1}]


@pytest.mark.parametrize(
    ("errors", "code", "details"),
    [
        ([{"code": 131000}], 131000, None),
        ([{"code": "131000"}], 131000, None),
        ([{"code": True}], None, None),
        ([{"title": "no code"}], None, None),
        ([{"code": 131053, "error_data": "plain text"}], 131053, "plain text"),
        ([{"code": 131053, "error_data": ["x"]}], 131053, None),
    ],
)
def test_errors_of_other_shapes_are_read_as_far_as_they_go(errors, code, details) -> None:
    error = receipt_of(status_of("failed", errors=errors)).error
    assert error is not None
    assert (error.code, error.details) == (code, details)


@pytest.mark.parametrize("errors", [None, [], {}, "x", [5], [None]])
def test_errors_that_are_none_leave_a_failed_receipt_without_error(errors) -> None:
    receipt = receipt_of(status_of("failed", errors=errors))
    assert (receipt.status, receipt.error) == ("failed", None)


@pytest.mark.parametrize("expiration", ["1763786400", 1763786400])
def test_conversation_and_pricing_are_kept_as_sent(expiration) -> None:
    conversation = {"id": "c1", "expiration_timestamp": expiration, "origin": {"type": "utility"}}
    pricing = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"}
    receipt = receipt_of(status_of("sent", conversation=conversation, pricing=pricing))
    assert (receipt.conversation, receipt.pricing) == (conversation, pricing)


def test_conversation_and_pricing_are_often_absent() -> None:
    receipt = receipt_of(status_of())
    assert (receipt.conversation, receipt.pricing) == (None, None)
