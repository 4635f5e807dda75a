"""Files of messages, as each dialect brings them (S3.16 to S3.21, D2, D3)."""

from gateways.kinds import Kind
from tests.gateways.bodies import (
    baileys_message,
    evolution,
    flat_message,
    waha,
    waha_message,
    web_message,
    wppconnect,
    wwebjs,
)
from tests.gateways.reading import message


def test_wwebjs_brings_a_file_in_an_event_of_its_own() -> None:
    file = {"mimetype": "image/jpeg", "data": "/9j/4AAQ", "filename": None, "filesize": 6}
    shown = web_message(type="image", hasMedia=True, body="My receipt")
    item = message(Kind.WWEBJS, wwebjs("media", {"messageMedia": file, "message": shown}))
    told = message(Kind.WWEBJS, wwebjs("message", {"message": shown}))
    assert item.media is not None
    assert (item.type, item.text, item.media.mime_type, item.media.base64) == (
        "image",
        "My receipt",
        "image/jpeg",
        "/9j/4AAQ",
    )
    assert item.message_id == told.message_id
    assert item.key != told.key


def test_waha_tells_where_a_file_lies() -> None:
    media = {
        "url": "http://gateway/api/files/1.pdf",
        "mimetype": "application/pdf",
        "filename": "paid.pdf",
        "error": None,
    }
    item = message(Kind.WAHA, waha("message", waha_message(hasMedia=True, media=media)))
    assert item.media is not None
    assert (item.type, item.media.url, item.media.filename) == (
        "document",
        "http://gateway/api/files/1.pdf",
        "paid.pdf",
    )


def test_wppconnect_puts_a_file_where_a_text_would_stand_and_it_is_no_text() -> None:
    item = message(
        Kind.WPPCONNECT,
        wppconnect("onmessage", **flat_message(type="image", mimetype="image/jpeg", body="/9j/4AAQ", caption="Paid")),
    )
    assert item.media is not None
    assert (item.text, item.media.base64) == ("Paid", "/9j/4AAQ")
    assert "body" not in item.raw


def test_evolution_wraps_documents_and_may_carry_their_content() -> None:
    inner = {"documentMessage": {"mimetype": "application/pdf", "fileName": "paid.pdf", "caption": "Paid"}}
    content = {"documentWithCaptionMessage": {"message": inner}, "base64": "JVBERi0="}
    item = message(Kind.EVOLUTION, evolution("messages.upsert", baileys_message(message=content)))
    assert item.media is not None
    assert (item.type, item.text, item.media.filename, item.media.base64) == (
        "document",
        "Paid",
        "paid.pdf",
        "JVBERi0=",
    )
    assert "base64" not in item.raw["message"]
