"""What each type of message holds (reference 2.2 to 2.4), and that nothing from outside can make the reader raise."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.whatsapp.payloads import message_of
from whatsapp.contents import READERS, read_content
from whatsapp.inbound import TEXT_PATHS

MEDIA = {"id": "1013859600285441", "mime_type": "image/jpeg", "sha256": "KUwA", "url": "https://lookaside.example/1"}

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("text", {}, {}),
    ("image", {"image": {**MEDIA, "caption": "x"}}, {"media": {"id": MEDIA["id"], "mime_type": "image/jpeg"}}),
    (
        "audio",
        {"audio": {"id": "1", "mime_type": "audio/ogg; codecs=opus", "voice": True}},
        {"media": {"id": "1", "mime_type": "audio/ogg; codecs=opus", "voice": True}},
    ),
    ("audio", {"audio": {"id": "1", "voice": False}}, {"media": {"id": "1"}}),
    ("document", {"document": {"id": "1", "filename": "pago.pdf"}}, {"media": {"id": "1", "filename": "pago.pdf"}}),
    ("sticker", {"sticker": {"id": "1", "animated": True}}, {"media": {"id": "1", "animated": True}}),
    (
        "location",
        {"location": {"latitude": 18.47, "longitude": -69, "name": "Oficina", "address": "Calle 5"}},
        {"location": {"latitude": 18.47, "longitude": -69, "name": "Oficina", "address": "Calle 5"}},
    ),
    (
        "contacts",
        {
            "contacts": [
                {
                    "name": {"formatted_name": "Luis"},
                    "phones": [{"phone": "+1 829 555 0199", "wa_id": "18295550199"}, {"phone": "x"}],
                    "emails": [{"email": "luis@example.com"}, {}],
                    "origin": "contact_request",
                }
            ]
        },
        {
            "contacts": [
                {
                    "name": "Luis",
                    "phones": [{"phone": "+1 829 555 0199", "wa_id": "+18295550199"}, {"phone": "x"}],
                    "emails": ["luis@example.com"],
                    "was_requested": True,
                }
            ]
        },
    ),
    (
        "interactive",
        {"interactive": {"type": "button_reply", "button_reply": {"id": "paid", "title": "Ya pagué"}}},
        {"reply": {"kind": "button", "id": "paid"}},
    ),
    (
        "interactive",
        {"interactive": {"type": "list_reply", "list_reply": {"id": "r1", "title": "A", "description": "B"}}},
        {"reply": {"kind": "list", "id": "r1", "description": "B"}},
    ),
    (
        "interactive",
        {"interactive": {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": '{"a": [1]}'}}},
        {"reply": {"kind": "flow", "name": "flow", "answer": {"a": [1]}}},
    ),
    (
        "interactive",
        {"interactive": {"type": "nfm_reply", "nfm_reply": {"response_json": "not json"}}},
        {"reply": {"kind": "flow", "answer": "not json"}},
    ),
    (
        "interactive",
        {
            "interactive": {
                "type": "call_permission_reply",
                "call_permission_reply": {
                    "response": "accept",
                    "expiration_timestamp": 1763800000,
                    "response_source": "user_action",
                },
            }
        },
        {
            "reply": {
                "kind": "call_permission",
                "response": "accept",
                "source": "user_action",
                "expires": 1763800000,
            }
        },
    ),
    ("interactive", {}, {"reply": {"kind": "not_shown"}}),
    ("interactive", {"interactive": {"type": "new_thing"}}, {"reply": {"kind": "new_thing"}}),
    ("button", {"button": {"payload": "p", "text": "Pagar"}}, {"reply": {"kind": "template_button", "id": "p"}}),
    (
        "order",
        {
            "order": {
                "catalog_id": "9",
                "product_items": [{"product_retailer_id": "sku", "quantity": 2, "item_price": 12.5, "currency": "DOP"}],
            }
        },
        {
            "order": {
                "catalog_id": "9",
                "items": [{"product_id": "sku", "quantity": 2, "price": 12.5, "currency": "DOP"}],
            }
        },
    ),
    (
        "reaction",
        {"reaction": {"message_id": "wamid.OUT1", "emoji": "👍"}},
        {"reaction": {"wamid": "wamid.OUT1", "emoji": "👍"}},
    ),
    ("reaction", {"reaction": {"message_id": "w", "emoji": ""}}, {"reaction": {"wamid": "w", "emoji": None}}),
    ("reaction", {"reaction": {"message_id": "w"}}, {"reaction": {"wamid": "w", "emoji": None}}),
    (
        "edit",
        {"edit": {"original_message_id": "wamid.IN0", "message": {"type": "text", "text": {"body": "x"}}}},
        {"edit": {"wamid": "wamid.IN0", "type": "text"}},
    ),
    ("revoke", {"revoke": {"original_message_id": "wamid.IN0"}}, {"revoke": {"wamid": "wamid.IN0"}}),
    (
        "system",
        {"system": {"type": "user_changed_number", "body": "x", "wa_id": "18295550177", "user_id": "DO.New1"}},
        {"system": {"kind": "user_changed_number", "phone": "+18295550177", "bsuid": "DO.New1"}},
    ),
    (
        "system",
        {"system": {"type": "customer_identity_changed"}, "identity": {"hash": "h"}},
        {"system": {"kind": "customer_identity_changed", "identity_hash": "h"}},
    ),
    (
        "unsupported",
        {"unsupported": {"type": "poll"}, "errors": [{"code": 131051, "title": "No", "error_data": {"details": "D"}}]},
        {"unsupported": {"type": "poll"}, "error": {"code": 131051, "title": "No", "detail": "D"}},
    ),
    ("unknown", {}, {"unsupported": {}}),
    ("request_welcome", {}, {}),
]


@pytest.mark.parametrize(("kind", "more", "expected"), CASES)
def test_each_type_is_read_with_its_meaning(kind: str, more: dict[str, Any], expected: dict[str, Any]) -> None:
    assert read_content(message_of(kind, **more)) == expected


def test_every_known_type_has_a_reader_and_a_row_here() -> None:
    assert set(READERS) == set(TEXT_PATHS) == {"video", *(kind for kind, _, _ in CASES)}


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"from": "1", "id": "wamid.OUT1"}, {"wamid": "wamid.OUT1"}),
        ({"forwarded": True}, {"forwarded": True}),
        ({"frequently_forwarded": True}, {"forwarded": True, "frequently_forwarded": True}),
        (
            {"id": "w", "referred_product": {"catalog_id": "9", "product_retailer_id": "sku"}},
            {"wamid": "w", "catalog_id": "9", "product_id": "sku"},
        ),
    ],
)
def test_replies_and_forwards_are_told(context: dict[str, Any], expected: dict[str, Any]) -> None:
    assert read_content(message_of("text", context=context)) == {"context": expected}


def test_the_advertisement_that_brought_a_customer_is_told() -> None:
    referral = {
        "source_url": "https://fb.me/x",
        "source_id": "7",
        "source_type": "ad",
        "headline": "H",
        "ctwa_clid": "c",
        "welcome_message": {"text": "Hi"},
        "image_url": "https://x",
    }
    assert read_content(message_of("text", referral=referral))["referral"] == {
        "source_url": "https://fb.me/x",
        "source_id": "7",
        "source_type": "ad",
        "headline": "H",
        "ctwa_clid": "c",
        "welcome_text": "Hi",
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(READERS)), json_values, json_values, json_values)
def test_whatever_stands_in_a_message_it_is_read_without_raising(
    kind: str, content: Any, beside: Any, inner: Any
) -> None:
    for value in (content, {"type": inner, "message": inner, "product_items": [inner], "name": inner}, [content]):
        message = {"type": kind, kind: value, "context": beside, "referral": beside, "errors": beside}
        assert isinstance(read_content(message), dict)
