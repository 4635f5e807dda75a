"""The shapes of POST /{phone-number-id}/messages, as data (Meta: Service messages and its sub-pages)."""

from collections.abc import Mapping
from typing import Final

from simulator.shapes import Field, Shape, array, choice, inside, text

ANY: Final = Field(object)
FLAG: Final = Field(bool)
NUMBER: Final = Field(float, required=True)

CAPTION_LIMIT: Final = 1024
CALLBACK_DATA_LIMIT: Final = 512

FILE: Final[Shape] = {"id": text(), "link": text()}
CAPTIONED: Final[Shape] = {**FILE, "caption": text(CAPTION_LIMIT)}
DOCUMENT: Final[Shape] = {**CAPTIONED, "filename": text()}
LOCATION: Final[Shape] = {"latitude": NUMBER, "longitude": NUMBER, "name": text(), "address": text()}

REACTION: Final[Shape] = {"message_id": text(required=True), "emoji": Field(str, required=True)}

LANGUAGE: Final[Shape] = {"code": text(required=True), "policy": choice("deterministic")}
PARAMETER: Final[Shape] = {
    "type": choice(
        "text", "currency", "date_time", "image", "video", "document", "location", "payload", "action",
        required=True,
    ),
    "text": text(),
    "parameter_name": text(),
    "currency": inside(
        {
            "fallback_value": text(required=True),
            "code": text(3, required=True),
            "amount_1000": Field(int, required=True),
        }
    ),
    "date_time": inside({"fallback_value": text(required=True)}),
    "image": inside(FILE),
    "video": inside(FILE),
    "document": inside({**FILE, "filename": text()}),
    "location": inside(LOCATION),
    "payload": text(256),
    "action": inside({"flow_token": text(), "flow_action_data": Field(dict)}),
}  # fmt: skip
COMPONENT: Final[Shape] = {
    "type": choice("header", "body", "button", required=True),
    "sub_type": choice("url", "quick_reply", "flow"),
    "index": ANY,
    "parameters": array(PARAMETER),
}
TEMPLATE: Final[Shape] = {
    "name": text(512, required=True),
    "language": inside(LANGUAGE, required=True),
    "components": array(COMPONENT),
}

BODY: Final = inside({"text": text(1024, required=True)}, required=True)
FOOTER: Final = inside({"text": text(60, required=True)})
HEADER: Final = inside(
    {
        "type": choice("text", "image", "video", "document", required=True),
        "text": text(60),
        "image": inside(FILE),
        "video": inside(FILE),
        "document": inside({**FILE, "filename": text()}),
    }
)
REPLY: Final[Shape] = {"id": text(256, required=True), "title": text(20, required=True)}
REPLY_BUTTON: Final[Shape] = {
    "type": choice("reply", required=True),
    "reply": inside(REPLY, required=True),
}
ROW: Final[Shape] = {
    "id": text(200, required=True),
    "title": text(24, required=True),
    "description": text(72),
}
SECTION: Final[Shape] = {"title": text(24), "rows": array(ROW, required=True, most=10)}
LINK: Final[Shape] = {"display_text": text(20, required=True), "url": text(2000, required=True)}


def _interactive(kind: str, action: Shape, *, decorated: bool = True) -> Shape:
    shape: dict[str, Field] = {"type": choice(kind, required=True), "body": BODY}
    if decorated:
        shape |= {"header": HEADER, "footer": FOOTER}
    return {**shape, "action": inside(action, required=True)}


INTERACTIVE: Final[Mapping[str, Shape]] = {
    "cta_url": _interactive(
        "cta_url", {"name": choice("cta_url", required=True), "parameters": inside(LINK, required=True)}
    ),
    "button": _interactive("button", {"buttons": array(REPLY_BUTTON, required=True, most=3)}),
    "list": _interactive(
        "list", {"button": text(20, required=True), "sections": array(SECTION, required=True, most=10)}
    ),
    "contact_request": _interactive(
        "contact_request", {"name": choice("request_contact_info", required=True)}, decorated=False
    ),
}

NAME: Final[Shape] = {
    "formatted_name": text(required=True),
    **{part: text() for part in ("first_name", "last_name", "middle_name", "prefix", "suffix")},
}
CONTACT: Final[Shape] = {
    "name": inside(NAME, required=True),
    "phones": array({"phone": text(), "type": text(), "wa_id": text()}),
    "emails": array({"email": text(), "type": text()}),
    "urls": array({"url": text(), "type": text()}),
    "addresses": array(
        {part: text() for part in ("street", "city", "state", "zip", "country", "country_code", "type")}
    ),
    "org": inside({"company": text(), "department": text(), "title": text()}),
    "birthday": text(),
}

BODIES: Final[Mapping[str, Field]] = {
    "text": inside({"body": text(4096, required=True), "preview_url": FLAG}, required=True),
    "template": inside(TEMPLATE, required=True),
    "document": inside(DOCUMENT, required=True),
    "image": inside(CAPTIONED, required=True),
    "video": inside(CAPTIONED, required=True),
    "audio": inside({**FILE, "voice": FLAG}, required=True),
    "sticker": inside(FILE, required=True),
    "location": inside(LOCATION, required=True),
    "contacts": array(CONTACT, required=True),
    "interactive": Field(dict, required=True),
    "reaction": inside(REACTION, required=True),
}
"""The object that goes with each `type`."""

ACCESS_PARAMETERS: Final[Shape] = {"access_token": ANY, "appsecret_proof": ANY, "appsecret_time": ANY}
PRODUCT: Final = choice("whatsapp", required=True)
BASE: Final[Shape] = {
    **ACCESS_PARAMETERS,
    "messaging_product": PRODUCT,
    "recipient_type": choice("individual"),
    "to": text(),
    "recipient": text(),
    "type": choice(*BODIES),
    "context": inside({"message_id": text(required=True)}),
    "biz_opaque_callback_data": text(CALLBACK_DATA_LIMIT),
    "recipient_identity_key_hash": text(),
}
ENVELOPES: Final[Mapping[str, Shape]] = {kind: {**BASE, kind: body} for kind, body in BODIES.items()}
"""The whole request for each `type`."""

READ_RECEIPT: Final[Shape] = {
    **ACCESS_PARAMETERS,
    "messaging_product": PRODUCT,
    "status": choice("read", required=True),
    "message_id": text(required=True),
    "typing_indicator": inside({"type": choice("text", required=True)}),
}
