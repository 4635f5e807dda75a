"""Bodies as a whole: batches, broken surroundings, envelopes."""

import pytest

from tests.whatsapp.payloads import (
    BSUID,
    OTHER_PHONE_NUMBER_ID,
    PHONE,
    PHONE_NUMBER_ID,
    WABA_ID,
    body_of,
    change_of,
    contact_of,
    message_of,
    messages_body,
    payload_of,
    status_of,
    value_of,
    without,
)
from whatsapp.payload import InboundMessage, Receipt, Unhandled, envelope_of, split, status_envelope


def kinds_of(items) -> list[str]:
    return [type(item).__name__ for item in items]


def test_an_empty_payload_holds_nothing() -> None:
    assert split(b'{"object":"whatsapp_business_account","entry":[]}') == []


def test_messages_and_statuses_in_one_value_all_come_out_in_order() -> None:
    items = split(
        messages_body(
            contacts=[contact_of()],
            messages=[message_of(id="wamid.A"), message_of(id="wamid.B")],
            statuses=[status_of(id="wamid.C"), status_of(id="wamid.D")],
        )
    )
    assert [item.wamid for item in items] == ["wamid.A", "wamid.B", "wamid.C", "wamid.D"]
    assert kinds_of(items) == ["InboundMessage", "InboundMessage", "Receipt", "Receipt"]


def test_several_numbers_and_accounts_in_one_post_stay_apart() -> None:
    first = payload_of(
        change_of("messages", value_of(statuses=[status_of(id="wamid.A")])),
        change_of("messages", value_of(OTHER_PHONE_NUMBER_ID, statuses=[status_of(id="wamid.B")])),
    )
    second = payload_of(change_of("messages", value_of("3", statuses=[status_of(id="wamid.C")])), waba_id="9")
    items = split(body_of({**first, "entry": first["entry"] + second["entry"]}))
    assert [(item.wamid, item.phone_number_id, item.waba_id) for item in items] == [
        ("wamid.A", PHONE_NUMBER_ID, WABA_ID),
        ("wamid.B", OTHER_PHONE_NUMBER_ID, WABA_ID),
        ("wamid.C", "3", "9"),
    ]


def test_a_thousand_statuses_with_their_contacts_all_come_out() -> None:
    statuses = [
        without(status_of(id=f"wamid.{n}", recipient_id=str(18290000000 + n)), "recipient_user_id") for n in range(1000)
    ]
    contacts = [{"wa_id": str(18290000000 + n), "user_id": f"DO.{n}"} for n in reversed(range(1000))]
    items = split(messages_body(statuses=statuses, contacts=contacts))
    assert [item.wamid for item in items] == [f"wamid.{n}" for n in range(1000)]
    assert [item.recipient_bsuid for item in items] == [f"DO.{n}" for n in range(1000)]


@pytest.mark.parametrize("body", [b"", b"{", b"not json", b"\x00", b"\xff\xfe", b"NaN", b"[" * 5000, b'{"object":'])
def test_what_is_no_json_is_one_unhandled_item_without_an_envelope(body: bytes) -> None:
    (item,) = split(body)
    assert isinstance(item, Unhandled)
    assert (item.reason, item.field, envelope_of(item)) == ("not_json", "", {})


@pytest.mark.parametrize(
    "body", [b"[]", b"5", b'"x"', b"null", b"{}", b'{"object":"page","entry":[]}', b'{"entry":[]}']
)
def test_another_object_is_one_unhandled_item(body: bytes) -> None:
    (item,) = split(body)
    assert isinstance(item, Unhandled)
    assert item.reason == "unknown_object"


@pytest.mark.parametrize(
    "entry",
    [
        None,
        5,
        {},
        [None],
        [5],
        [[]],
        [{}],
        [{"id": WABA_ID, "changes": None}],
        [{"id": WABA_ID, "changes": [None]}],
        [{"id": WABA_ID, "changes": [{"field": "messages"}]}],
        [{"id": WABA_ID, "changes": [{"value": {}}]}],
        [{"id": WABA_ID, "changes": [{"field": 5, "value": {}}]}],
        [{"id": WABA_ID, "changes": [{"field": "messages", "value": []}]}],
        [{"id": WABA_ID, "changes": [{"field": "messages", "value": value_of()}]}],
        [{"id": WABA_ID, "changes": [{"field": "messages", "value": value_of(contacts=[contact_of()])}]}],
        [{"id": WABA_ID, "changes": [{"field": "messages", "value": value_of(statuses=[])}]}],
        [{"id": WABA_ID, "changes": [{"field": "messages", "value": value_of(statuses={"id": "x"})}]}],
        [{"id": WABA_ID, "changes": [{"field": "messages", "value": value_of(statuses=[5])}]}],
        [{"id": WABA_ID, "changes": [{"field": "messages", "value": value_of(messages=["x"])}]}],
    ],
)
def test_broken_surroundings_are_one_malformed_item(entry) -> None:
    (item,) = split(body_of({"object": "whatsapp_business_account", "entry": entry}))
    assert isinstance(item, Unhandled)
    assert item.reason == "malformed_item"
    assert split(body_of(envelope_of(item))) == [item]


@pytest.mark.parametrize("metadata", [None, 5, {}, {"phone_number_id": None}, {"phone_number_id": ""}, []])
def test_messages_that_belong_to_no_number_are_kept_together(metadata) -> None:
    value = {**value_of(messages=[message_of()], statuses=[status_of()]), "metadata": metadata}
    (item,) = split(body_of(payload_of(change_of("messages", value))))
    assert isinstance(item, Unhandled)
    assert (item.reason, item.raw, item.waba_id) == ("no_phone_number_id", value, WABA_ID)


def test_ids_that_came_as_numbers_are_read_as_text() -> None:
    value = {**value_of(statuses=[status_of()]), "metadata": {"phone_number_id": 106540352242922}}
    payload = payload_of(change_of("messages", value))
    payload["entry"][0]["id"] = 102290129340398
    (item,) = split(body_of(payload))
    assert (item.phone_number_id, item.waba_id) == (PHONE_NUMBER_ID, WABA_ID)


BAD = [
    None,
    5,
    "x",
    [],
    {},
    {"id": "wamid.X"},
    status_of("deleted"),
    status_of(timestamp="x"),
    message_of("poll_vote"),
]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("list_name", ["messages", "statuses"])
def test_one_bad_item_never_costs_its_neighbours(list_name: str, bad) -> None:
    good = message_of if list_name == "messages" else status_of
    items = split(messages_body(**{list_name: [good(id="wamid.A"), bad, good(id="wamid.B")]}))
    assert isinstance(items[1], Unhandled)
    assert [item.wamid for item in (items[0], items[2])] == ["wamid.A", "wamid.B"]


def test_a_bad_entry_and_a_bad_change_never_cost_their_neighbours() -> None:
    good = payload_of(change_of("messages", value_of(statuses=[status_of()])))["entry"][0]
    entry = {**good, "changes": [5, *good["changes"], {"field": "messages"}]}
    items = split(body_of({"object": "whatsapp_business_account", "entry": [None, entry, {"id": "1"}]}))
    assert kinds_of(items) == ["Unhandled", "Unhandled", "Receipt", "Unhandled", "Unhandled"]


# Characters


def test_unicode_escapes_and_utf8_are_the_same_text() -> None:
    escaped = messages_body(messages=[message_of(text={"body": "ESCAPE"})]).replace(
        b"ESCAPE", rb"caf\u00e9 \ud83d\ude00"
    )
    plain = messages_body(messages=[message_of(text={"body": "café 😀"})])
    assert split(escaped) == split(plain)
    assert split(plain)[0].text == "café 😀"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb"a\u0000b", "a\ufffdb"),
        (rb"a\ud83d", "a\ufffd"),
        (rb"a\ude00b", "a\ufffdb"),
        (rb"\ud83d\ud83d\ude00", "\ufffd😀"),
        (rb"\\u0000", r"\u0000"),
        (rb"\\ud83d\ud83d", "\\ud83d\ufffd"),
        (b"caf\xe9", "caf\ufffd"),
    ],
)
def test_characters_that_postgres_cannot_store_are_replaced_and_cost_no_neighbour(sent: bytes, read: str) -> None:
    body = messages_body(messages=[message_of(text={"body": "HERE"}), message_of(id="wamid.B")])
    items = split(body.replace(b"HERE", sent))
    assert [item.wamid for item in items] == ["wamid.IN1", "wamid.B"]
    assert items[0].text == read


# Envelopes


def test_the_envelope_of_a_receipt_is_what_meta_would_have_sent_for_it_alone() -> None:
    alone = payload_of(change_of("messages", value_of(contacts=[contact_of()], statuses=[status_of()])))
    body = messages_body(
        contacts=[{"wa_id": "1"}, contact_of()],
        messages=[message_of(**{"from": "1"}, from_user_id="DO.1")],
        statuses=[status_of("read", id="wamid.other"), status_of()],
        errors=[{"code": 0}],
    )
    items = split(body)
    assert envelope_of(items[2]) == alone


def test_the_envelope_keeps_the_time_of_its_entry() -> None:
    payload = payload_of(change_of("account_review_update", {"decision": "APPROVED"}), time=1763700000)
    (item,) = split(body_of(payload))
    assert envelope_of(item) == payload


def test_a_stored_status_alone_makes_the_same_receipt_again() -> None:
    (receipt,) = split(messages_body(statuses=[status_of("read", biz_opaque_callback_data="m:1")]))
    (again,) = split(body_of(status_envelope(PHONE_NUMBER_ID, WABA_ID, receipt.raw)))
    assert again == receipt


# Reprs


def test_no_repr_shows_who_or_what() -> None:
    errors = [{"code": 131026, "error_data": {"details": f"{PHONE} has no WhatsApp"}}]
    body = messages_body(
        contacts=[contact_of()],
        messages=[message_of(), message_of("poll_vote", text={"body": "Gracias"}), message_of("interactive")],
        statuses=[status_of("failed", errors=errors), status_of("x")],
        errors=[{"code": 0, "message": PHONE}],
    )
    shown = repr(split(body)) + str(split(body))
    assert not any(secret in shown for secret in (PHONE, BSUID, "Gracias", "Ana", "@ana"))
    assert {InboundMessage, Receipt, Unhandled} <= {type(item) for item in split(body)}


def test_details_of_unhandled_items_repeat_nothing_personal() -> None:
    items = split(messages_body(messages=[{**message_of(), "type": f"call {PHONE}!"}], **{f"l {PHONE}": []}))
    assert [item.reason for item in items] == ["unknown_message_type", "unknown_field"]
    assert not any(PHONE in item.detail for item in items)
