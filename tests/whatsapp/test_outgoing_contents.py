"""Contents within the service window, held against what Meta takes: the simulator's strict reading of it."""

from typing import Any

import pytest

from simulator import defaults
from simulator.records import BusinessNumber, Media, new_wamid
from simulator.templates import Templates
from simulator.validation import MessageCheck, read_receipt
from whatsapp import outgoing_contents as contents
from whatsapp.outgoing import addressed
from whatsapp.outgoing_contents import Frame, Row, Section

WAMID = new_wamid("+18095550199")
FRAME = Frame("¿Cómo quiere pagar?", header="Factura 7", footer="Gracias")
PNG = Media("1", "image/png", b"x", "s")

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("text", contents.text("Hola", preview_url=True), {"body": "Hola", "preview_url": True}),
    ("image", contents.media("image", media_id="1", caption="x"), {"id": "1", "caption": "x"}),
    (
        "document",
        contents.media("document", link="https://example.com/a.pdf", filename="a.pdf"),
        {"link": "https://example.com/a.pdf", "filename": "a.pdf"},
    ),
    (
        "audio",
        contents.media("audio", link="https://example.com/a.ogg", voice=True),
        {"link": "https://example.com/a.ogg", "voice": True},
    ),
    ("sticker", contents.media("sticker", link="https://example.com/a.webp"), {"link": "https://example.com/a.webp"}),
    (
        "location",
        contents.location(18.5, -69.9, name="Oficina"),
        {"latitude": 18.5, "longitude": -69.9, "name": "Oficina"},
    ),
    ("location", contents.location(0.0, 0.0), {"latitude": 0.0, "longitude": 0.0}),
    ("reaction", contents.reaction(WAMID, "👍"), {"message_id": WAMID, "emoji": "👍"}),
    ("reaction", contents.reaction(WAMID, ""), {"message_id": WAMID, "emoji": ""}),
    (
        "interactive",
        contents.buttons(FRAME, [("paid", "Ya pagué"), ("later", "Más tarde")]),
        {
            "type": "button",
            "header": {"type": "text", "text": "Factura 7"},
            "body": {"text": "¿Cómo quiere pagar?"},
            "footer": {"text": "Gracias"},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "paid", "title": "Ya pagué"}},
                    {"type": "reply", "reply": {"id": "later", "title": "Más tarde"}},
                ]
            },
        },
    ),
    (
        "interactive",
        contents.choices(Frame("Elija"), "Ver", [Section(None, [Row("a", "A"), Row("b", "B", "segunda")])]),
        {
            "type": "list",
            "body": {"text": "Elija"},
            "action": {
                "button": "Ver",
                "sections": [
                    {"rows": [{"id": "a", "title": "A"}, {"id": "b", "title": "B", "description": "segunda"}]}
                ],
            },
        },
    ),
    (
        "interactive",
        contents.link_button(Frame("Su factura"), "Pagar", "https://pay.example.com/7"),
        {
            "type": "cta_url",
            "body": {"text": "Su factura"},
            "action": {"name": "cta_url", "parameters": {"display_text": "Pagar", "url": "https://pay.example.com/7"}},
        },
    ),
]


@pytest.mark.parametrize(("kind", "content", "expected"), CASES)
def test_a_content_is_what_meta_takes(kind: str, content: dict[str, Any], expected: dict[str, Any]) -> None:
    assert content == {"type": kind, kind: expected}
    check = MessageCheck(BusinessNumber("1", defaults.DISPLAY_PHONE_NUMBER), Templates(), {"1": PNG})
    body = addressed(content, to="+18095551234", recipient=None, callback_data="x:1", context_wamid=WAMID)
    assert check.message(body).type == kind


@pytest.mark.parametrize("typing", [False, True])
def test_a_read_mark_is_what_meta_takes(typing: bool) -> None:
    mark = contents.read_mark(WAMID, typing=typing)
    assert read_receipt(mark) == WAMID
    assert ("typing_indicator" in mark) is typing
