"""What Meta accepts is accepted, and stands in the ground truth."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator import defaults
from tests.simulator.meta import (
    CUSTOMER,
    INVOICE,
    Meta,
    body_component,
    message,
    pdf_header,
    template_message,
    text_message,
    url_button,
)

BODY = body_component(*INVOICE)
LINK = {"link": "https://docs.example.com/file"}
ROW = {"id": "1", "title": "Uno", "description": "El primero"}
BUTTON = {"type": "reply", "reply": {"id": "paid", "title": "Ya pagué"}}
HELLO = {"body": {"text": "Hola"}}

ACCEPTED = {
    "text": text_message(),
    "text with preview": message("text", {"body": "https://pay.example.com", "preview_url": True}),
    "text without type": {"messaging_product": "whatsapp", "to": CUSTOMER, "text": {"body": "Hola"}},
    "a reply": text_message(context={"message_id": "wamid.HBgLMTgwOTU1NTAxMjM"}),
    "an individual": text_message(recipient_type="individual"),
    "invoice": template_message(),
    "invoice in English": template_message(language="en"),
    "quote": template_message("quote"),
    "hello_world without components": message(
        "template", {"name": "hello_world", "language": {"code": "en", "policy": "deterministic"}}
    ),
    "invoice_pdf": template_message(
        "invoice_pdf", [pdf_header(link="https://docs.example.com/1.pdf", filename="1.pdf"), BODY]
    ),
    "invoice_button": template_message("invoice_button", [BODY, url_button("8Xk2")], language="en"),
    "a button index that is a number": template_message("invoice_button", [BODY, url_button("8Xk2", 0)]),
    "currency and date": template_message(
        components=[
            {
                "type": "body",
                "parameters": [
                    *BODY["parameters"][:2],
                    {
                        "type": "currency",
                        "currency": {"fallback_value": "RD$ 1.23", "code": "DOP", "amount_1000": 1230},
                    },
                    {"type": "date_time", "date_time": {"fallback_value": "30 de noviembre"}},
                    BODY["parameters"][4],
                ],
            }
        ]
    ),
    "document": message("document", {**LINK, "filename": "1.pdf", "caption": "Factura"}),
    "image": message("image", {**LINK, "caption": "Foto"}),
    "video": message("video", LINK),
    "audio": message("audio", {**LINK, "voice": True}),
    "sticker": message("sticker", LINK),
    "location": message("location", {"latitude": 18, "longitude": -69.9, "name": "Oficina"}),
    "contacts": message("contacts", [{"name": {"formatted_name": "Ana"}, "phones": [{"phone": CUSTOMER}]}]),
    "reaction": message("reaction", {"message_id": "wamid.HBgLMTgwOTU1NTAxMjM", "emoji": "👍"}),
    "reaction removed": message("reaction", {"message_id": "wamid.HBgLMTgwOTU1NTAxMjM", "emoji": ""}),
    "link button": message(
        "interactive",
        {
            "type": "cta_url",
            **HELLO,
            "header": {"type": "document", "document": LINK},
            "footer": {"text": "Gracias"},
            "action": {
                "name": "cta_url",
                "parameters": {"display_text": "Ver", "url": "https://pay.example.com/i/1"},
            },
        },
    ),
    "reply buttons": message(
        "interactive", {"type": "button", **HELLO, "action": {"buttons": [BUTTON, BUTTON, BUTTON]}}
    ),
    "list": message(
        "interactive", {"type": "list", **HELLO, "action": {"button": "Ver", "sections": [{"rows": [ROW] * 10}]}}
    ),
    "contact request": message(
        "interactive", {"type": "contact_request", **HELLO, "action": {"name": "request_contact_info"}}
    ),
}


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED)
def test_a_valid_message_is_accepted_and_stands_in_the_ground_truth(meta: Meta, body: dict[str, Any]) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    answer = meta.post_message({**body, "biz_opaque_callback_data": "our-id:1"})
    assert answer.status_code == 200, answer.text
    accepted = answer.json()
    assert accepted["contacts"] == [{"input": CUSTOMER, "wa_id": CUSTOMER[1:]}]
    [send] = meta.look("sends")
    assert (send["wamid"], send["to"]) == (accepted["messages"][0]["id"], CUSTOMER)
    assert send["callback_data"] == "our-id:1"
    assert send["body"] == {**body, "biz_opaque_callback_data": "our-id:1"}
    assert before <= datetime.fromisoformat(send["accepted_at"]) <= datetime.now(UTC)


def test_only_a_template_is_answered_with_a_message_status(meta: Meta) -> None:
    template = meta.post_message(template_message()).json()["messages"][0]
    text = meta.post_message(text_message()).json()["messages"][0]
    assert template["message_status"] == "accepted"
    assert "message_status" not in text


def test_without_a_plus_the_numbers_own_country_code_goes_in_front(meta: Meta) -> None:
    answer = meta.post_message(text_message("(809) 555-0123")).json()
    assert answer["contacts"] == [{"input": "(809) 555-0123", "wa_id": "18095550123"}]
    answer = meta.post_message(text_message("18095550123")).json()
    assert answer["contacts"] == [{"input": "18095550123", "wa_id": "118095550123"}]


def test_a_user_id_is_a_recipient_too_but_a_phone_wins(meta: Meta) -> None:
    body = template_message(recipient="DO.13491208655302741918")
    assert meta.post_message(body).json()["contacts"] == [{"input": CUSTOMER, "wa_id": CUSTOMER[1:]}]
    del body["to"]
    by_user_id = meta.post_message(body).json()["contacts"]
    assert by_user_id == [{"input": "DO.13491208655302741918", "user_id": "DO.13491208655302741918"}]
    assert [send["to"] for send in meta.look("sends")] == [CUSTOMER, "DO.13491208655302741918"]


def test_the_same_body_twice_is_two_messages(meta: Meta) -> None:
    assert meta.send(template_message()) != meta.send(template_message())
    assert len(meta.look("sends", to=CUSTOMER)) == 2


def test_the_second_number_sends_too(meta: Meta) -> None:
    meta.send(template_message(), number=defaults.SECOND_PHONE_NUMBER_ID)
    assert [send["phone_number_id"] for send in meta.look("sends")] == [defaults.SECOND_PHONE_NUMBER_ID]


def test_a_customers_message_is_marked_as_read(meta: Meta) -> None:
    wamid = meta.control("inbound", type="text")["wamid"]
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    for extra in ({}, {"typing_indicator": {"type": "text"}}):
        answer = meta.post_message({**body, **extra})
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert meta.look("sends") == []


def test_the_ground_truth_can_be_filtered_and_paged(meta: Meta) -> None:
    wamids = [meta.send(template_message(biz_opaque_callback_data=f"id:{number}")) for number in range(5)]
    assert [send["wamid"] for send in meta.look("sends", callback_data="id:3")] == [wamids[3]]
    assert [send["wamid"] for send in meta.look("sends", offset=1, limit=2)] == wamids[1:3]
