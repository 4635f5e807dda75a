"""Request bodies (reference 6.1 to 6.3)."""

import pytest

from whatsapp.outgoing import (
    addressed,
    document_header,
    flow_button,
    image_header,
    quick_reply_button,
    template_message,
    text_header,
    text_message,
    url_button,
    video_header,
)


def test_a_full_template_is_spelled_as_meta_wants_it() -> None:
    message = template_message(
        "+18295550142",
        "invoice",
        "es",
        header=document_header("https://bills.example/7.pdf?v=2", "Factura 7.pdf"),
        body_parameters=["Ana", "Noviembre", "RD$1,250.00"],
        buttons=[url_button(0, "i%2F7"), quick_reply_button(1, "PAID:7"), flow_button(2, "t-7")],
        callback_data="0198b3c1:1",
    )
    assert message == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+18295550142",
        "type": "template",
        "template": {
            "name": "invoice",
            "language": {"code": "es"},
            "components": [
                {
                    "type": "header",
                    "parameters": [
                        {
                            "type": "document",
                            "document": {"link": "https://bills.example/7.pdf?v=2", "filename": "Factura 7.pdf"},
                        }
                    ],
                },
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": "Ana"},
                        {"type": "text", "text": "Noviembre"},
                        {"type": "text", "text": "RD$1,250.00"},
                    ],
                },
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "0",
                    "parameters": [{"type": "text", "text": "i%2F7"}],
                },
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": "1",
                    "parameters": [{"type": "payload", "payload": "PAID:7"}],
                },
                {
                    "type": "button",
                    "sub_type": "flow",
                    "index": "2",
                    "parameters": [{"type": "action", "action": {"flow_token": "t-7"}}],
                },
            ],
        },
        "biz_opaque_callback_data": "0198b3c1:1",
    }


def test_a_template_without_variables_has_no_components() -> None:
    assert template_message("+18295550142", "hello_world", "en")["template"] == {
        "name": "hello_world",
        "language": {"code": "en"},
    }


def test_named_parameters_carry_their_names() -> None:
    message = template_message(
        "+18295550142",
        "invoice",
        "es",
        header=text_header("Factura 7", "title"),
        body_parameters={"customer_name": "Ana", "amount": "RD$5"},
    )
    header, body = message["template"]["components"]
    assert header["parameters"] == [{"type": "text", "parameter_name": "title", "text": "Factura 7"}]
    assert body["parameters"] == [
        {"type": "text", "parameter_name": "customer_name", "text": "Ana"},
        {"type": "text", "parameter_name": "amount", "text": "RD$5"},
    ]


def test_headers_of_all_kinds() -> None:
    assert text_header("x") == {"type": "text", "text": "x"}
    assert image_header("https://a.example/1.png") == {"type": "image", "image": {"link": "https://a.example/1.png"}}
    assert video_header("https://a.example/1.mp4") == {"type": "video", "video": {"link": "https://a.example/1.mp4"}}
    assert document_header("https://a.example/1.pdf") == {
        "type": "document",
        "document": {"link": "https://a.example/1.pdf"},
    }


def test_a_text_is_spelled_as_meta_wants_it() -> None:
    message = text_message("+18295550142", "Hola", context_wamid="wamid.IN1", callback_data="m:1", preview_url=True)
    assert message == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+18295550142",
        "type": "text",
        "text": {"body": "Hola", "preview_url": True},
        "context": {"message_id": "wamid.IN1"},
        "biz_opaque_callback_data": "m:1",
    }


@pytest.mark.parametrize("to", ["18295550142", "+18295550142"])
def test_a_number_always_has_its_plus(to: str) -> None:
    assert text_message(to, "x")["to"] == "+18295550142"
    assert template_message(to, "invoice", "es")["to"] == "+18295550142"


def test_a_person_without_a_phone_is_addressed_by_bsuid() -> None:
    message = text_message(None, "x", recipient="DO.7F3kQ9ab41")
    assert message["recipient"] == "DO.7F3kQ9ab41"
    assert "to" not in message


def test_a_known_phone_is_preferred_to_the_bsuid() -> None:
    message = template_message("+18295550142", "invoice", "es", recipient="DO.7F3kQ9ab41")
    assert message["to"] == "+18295550142"
    assert "recipient" not in message


def test_a_stored_body_with_its_addressee_is_the_message_it_was_stored_from() -> None:
    whole = template_message(
        "+18295550142", "invoice", "es", body_parameters=["Ana"], callback_data="m:2", context_wamid="wamid.IN1"
    )
    stored = {"type": "template", "template": whole["template"]}
    sent = addressed(stored, to="18295550142", recipient=None, callback_data="m:2", context_wamid="wamid.IN1")
    assert sent == whole
    assert addressed(stored, to=None, recipient="DO.7F3kQ9ab41", callback_data="m:2")["recipient"] == "DO.7F3kQ9ab41"


def test_a_message_to_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="phone number or a BSUID"):
        text_message(None, "x")


def test_callback_data_beyond_metas_limit_is_refused() -> None:
    assert len(text_message("+18295550142", "x", callback_data="c" * 512)["biz_opaque_callback_data"]) == 512
    with pytest.raises(ValueError, match="512"):
        text_message("+18295550142", "x", callback_data="c" * 513)
