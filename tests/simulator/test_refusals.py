"""What Meta would refuse is refused with Meta's code and in Graph's shape."""

import hashlib
import hmac
import time
from typing import Any

import pytest
import requests

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

PDF_LINK = "https://docs.example.com/invoice.pdf"
BODY = body_component(*INVOICE)


def without(body: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in keys}


def error_code(answer: requests.Response) -> int | None:
    error: dict[str, Any] = answer.json().get("error", {})
    return error.get("code")


def invoice_with(**texts: str) -> dict[str, Any]:
    return template_message(components=[body_component(texts.pop("first"), *INVOICE[1:])])


def interactive(kind: str, action: dict[str, Any], **more: Any) -> dict[str, Any]:
    return message("interactive", {"type": kind, "body": {"text": "Hola"}, "action": action, **more})


def reply(title: str) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": title, "title": title}}


def rows(count: int) -> list[dict[str, Any]]:
    return [{"id": str(number), "title": str(number)} for number in range(count)]


REFUSED = {
    "not a JSON object": ([], 100),
    "no messaging_product": (without(text_message(), "messaging_product"), 100),
    "another messaging_product": (text_message(messaging_product="sms"), 100),
    "a group": (text_message(recipient_type="group"), 100),
    "nobody to send to": (without(text_message(), "to"), 131008),
    "to is empty": (text_message(""), 131008),
    "to is a number": (message("text", {"body": "Hola"}) | {"to": 18095550123}, 100),
    "to has letters": (text_message("+1809CALLNOW"), 131009),
    "to is too short": (text_message("+180"), 131009),
    "to is too long": (text_message("+1809555012345678"), 131009),
    "to is the sender": (text_message(defaults.DISPLAY_PHONE_NUMBER), 131021),
    "recipient is no user id": (without(text_message(recipient="someone"), "to"), 131009),
    "an unknown parameter": (text_message(priority="high"), 100),
    "an unknown type": (message("fax", {}), 100),
    "type is no string": (message("text", {"body": "Hola"}) | {"type": 1}, 100),
    "the object of another type": (text_message(image={"id": "1"}), 100),
    "the type's object is missing": (without(text_message(), "text"), 100),
    "text without body": (message("text", {}), 100),
    "text with empty body": (message("text", {"body": ""}), 100),
    "text that is a string": (message("text", "Hola"), 100),
    "text above 4096": (message("text", {"body": "a" * 4097}), 100),
    "text with an unknown key": (message("text", {"body": "a", "bold": True}), 100),
    "preview_url is no boolean": (message("text", {"body": "a", "preview_url": "yes"}), 100),
    "callback data above 512": (text_message(biz_opaque_callback_data="a" * 513), 100),
    "context without id": (text_message(context={}), 100),
    "context that is no wamid": (text_message(context={"message_id": "42"}), 131009),
    "template without name": (message("template", {"language": {"code": "es"}}), 100),
    "template without language": (message("template", {"name": "invoice"}), 100),
    "another language policy": (
        message("template", {"name": "invoice", "language": {"code": "es", "policy": "fallback"}}),
        100,
    ),
    "unknown template": (template_message("reminder"), 132001),
    "template in another language": (template_message(language="fr"), 132001),
    "template in a variant of its language": (template_message(language="es_DO"), 132001),
    "too few parameters": (template_message(components=[body_component(*INVOICE[:4])]), 132000),
    "too many parameters": (template_message(components=[body_component(*INVOICE, "more")]), 132000),
    "no components": (template_message(components=[]), 132000),
    "parameters for a template without": (template_message("hello_world"), 132000),
    "a new line in a parameter": (invoice_with(first="Ana\nPeña"), 132018),
    "a tab in a parameter": (invoice_with(first="Ana\tPeña"), 132018),
    "five spaces in a parameter": (invoice_with(first="Ana     Peña"), 132018),
    "an empty parameter": (invoice_with(first=""), 131008),
    "text above 1024 once filled in": (invoice_with(first="a" * 1000), 132005),
    "an image as body parameter": (
        template_message(components=[{"type": "body", "parameters": [{"type": "image"}] * 5}]),
        132012,
    ),
    "named parameters for a positional template": (
        template_message(
            components=[{"type": "body", "parameters": [{"type": "text", "text": "a", "parameter_name": "b"}] * 5}]
        ),
        132018,
    ),
    "the body twice": (template_message(components=[BODY, BODY]), 132018),
    "a header the template lacks": (template_message(components=[BODY, pdf_header(link=PDF_LINK)]), 132018),
    "a button the template lacks": (template_message(components=[BODY, url_button("8Xk2")]), 132018),
    "no document header": (template_message("invoice_pdf"), 132012),
    "an image for the document header": (
        template_message(
            "invoice_pdf",
            [BODY, {"type": "header", "parameters": [{"type": "image", "image": {"link": PDF_LINK}}]}],
        ),
        132012,
    ),
    "a document header without file": (template_message("invoice_pdf", [BODY, pdf_header()]), 131008),
    "a document header with id and link": (
        template_message("invoice_pdf", [BODY, pdf_header(id="1", link=PDF_LINK)]),
        131008,
    ),
    "a document header with a caption": (
        template_message("invoice_pdf", [BODY, pdf_header(link=PDF_LINK, caption="Hola")]),
        100,
    ),
    "no parameter for the URL button": (template_message("invoice_button"), 131008),
    "an empty suffix": (template_message("invoice_button", [BODY, url_button("")]), 131008),
    "the wrong button": (template_message("invoice_button", [BODY, url_button("8Xk2", "1")]), 131008),
    "a button too many": (
        template_message("invoice_button", [BODY, url_button("8Xk2"), url_button("8Xk2", "1")]),
        132018,
    ),
    "a button without index": (template_message("invoice_button", [BODY, url_button("8Xk2", "")]), 132018),
    "a URL above 2000": (template_message("invoice_button", [BODY, url_button("a" * 2000)]), 132018),
    "media without id and link": (message("document", {"caption": "Hola"}), 131008),
    "media with id and link": (message("image", {"id": "1", "link": PDF_LINK}), 131008),
    "media with an unknown id": (message("document", {"id": "1"}), 131009),
    "media with a link that is no URL": (message("document", {"link": "invoice.pdf"}), 131009),
    "a caption above 1024": (message("image", {"link": PDF_LINK, "caption": "a" * 1025}), 100),
    "a caption for audio": (message("audio", {"link": PDF_LINK, "caption": "a"}), 100),
    "a reaction to no wamid": (message("reaction", {"message_id": "1", "emoji": "👍"}), 131009),
    "a reaction without emoji": (message("reaction", {"message_id": "wamid.HBgLMTgwOTU1NTAxMjM"}), 100),
    "a location without longitude": (message("location", {"latitude": 18.5}), 100),
    "contacts without name": (message("contacts", [{"phones": []}]), 100),
    "an unknown interactive type": (interactive("carousel", {}), 131009),
    "four reply buttons": (interactive("button", {"buttons": [reply(str(n)) for n in range(4)]}), 100),
    "a reply title above 20": (interactive("button", {"buttons": [reply("a" * 21)]}), 100),
    "eleven rows": (
        interactive("list", {"button": "Ver", "sections": [{"title": "A", "rows": rows(6)}] * 2}),
        131009,
    ),
    "sections without title": (
        interactive("list", {"button": "Ver", "sections": [{"rows": rows(1)}] * 2}),
        131009,
    ),
    "a link button whose URL is none": (
        interactive("cta_url", {"name": "cta_url", "parameters": {"display_text": "Ver", "url": "pay"}}),
        131009,
    ),
    "a header without its file": (
        interactive("button", {"buttons": [reply("a")]}, header={"type": "document"}),
        131008,
    ),
    "reading what is no message": (
        {"messaging_product": "whatsapp", "status": "read", "message_id": "42"},
        131009,
    ),
    "an unknown status": (
        {"messaging_product": "whatsapp", "status": "seen", "message_id": "wamid.HBgLMTgwOTU1NTAxMjM"},
        100,
    ),
}
NOT_FOUND = {132001}


@pytest.mark.parametrize(("body", "code"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_request_is_refused_with_metas_code_and_has_no_effect(meta: Meta, body: Any, code: int) -> None:
    answer = meta.post_message(body)
    error = answer.json()["error"]
    assert (error["code"], answer.status_code) == (code, 404 if code in NOT_FOUND else 400)
    assert error["message"].startswith(f"(#{code}) ")
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]
    assert meta.look("sends") == []


def test_broken_json_is_refused(meta: Meta) -> None:
    answer = meta.call("POST", f"{defaults.PHONE_NUMBER_ID}/messages", data=b'{"to":')
    assert answer.json()["error"]["code"] == 100


def test_details_name_the_parameter_but_never_its_value(meta: Meta) -> None:
    answer = meta.post_message(text_message("+1809SECRET"))
    assert answer.json()["error"]["error_data"] == {
        "messaging_product": "whatsapp",
        "details": "to is not a phone number",
    }
    assert "SECRET" not in answer.text


@pytest.mark.parametrize(
    ("status", "code"), [("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001), ("PENDING", 132001)]
)
def test_only_an_approved_template_is_sent(meta: Meta, status: str, code: int) -> None:
    meta.control("templates", name="invoice", language="es", status=status)
    assert meta.post_message(template_message()).json()["error"]["code"] == code
    assert meta.post_message(template_message(language="en")).status_code == 200


def test_a_named_template_wants_each_name_once(meta: Meta) -> None:
    component = {"type": "BODY", "text": "Hola {{name}}, debe {{amount}} hoy."}
    meta.control("templates", name="debt", language="es", parameter_format="NAMED", components=[component])

    def parameter(name: str) -> dict[str, str]:
        return {"type": "text", "text": "a", "parameter_name": name}

    def outcome(*names: str) -> int | None:
        given = [{"type": "body", "parameters": [parameter(name) for name in names]}]
        return error_code(meta.post_message(template_message("debt", given)))

    assert [outcome("name"), outcome("name", "other"), outcome("name", "name")] == [132000, 132018, 132018]
    assert outcome("amount", "name") is None


def test_an_authentication_template_needs_a_phone(meta: Meta) -> None:
    component = {"type": "BODY", "text": "Su clave es correcta."}
    meta.control("templates", name="login", language="es", category="AUTHENTICATION", components=[component])
    body = without(template_message("login", [], recipient="DO.1234567890"), "to")
    assert meta.post_message(body).json()["error"]["code"] == 131062


@pytest.mark.parametrize(
    ("token", "code", "subcode"), [(None, 104, None), ("another-token", 190, None), ("", 104, None)]
)
def test_without_the_right_token_nothing_is_answered(
    meta: Meta, token: str | None, code: int, subcode: int | None
) -> None:
    answer = meta.post_message(text_message(), token=token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)
    assert answer.json()["error"].get("error_subcode") == subcode


def test_a_token_can_expire_mid_run(meta: Meta) -> None:
    meta.control("settings", token_expired=True)
    error = meta.post_message(text_message()).json()["error"]
    assert (error["code"], error["error_subcode"]) == (190, 463)
    meta.control("settings", token_expired=False)
    assert meta.post_message(text_message()).status_code == 200


def proof(moment: int | None, secret: str = defaults.APP_SECRET) -> dict[str, str]:
    signed = defaults.ACCESS_TOKEN if moment is None else f"{defaults.ACCESS_TOKEN}|{moment}"
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return {"appsecret_proof": digest} | ({} if moment is None else {"appsecret_time": str(moment)})


def test_a_proof_is_checked_when_it_is_sent(meta: Meta) -> None:
    def code(parameters: dict[str, str]) -> int | None:
        return error_code(meta.post_message(text_message(), params=parameters))

    now = int(time.time())
    assert [code(proof(now)), code(proof(now - 290)), code(proof(None))] == [None, None, None]
    assert [code(proof(now - 310)), code(proof(now, "wrong")), code(proof(None, "wrong"))] == [100, 100, 100]


def test_a_proof_may_stand_in_the_body(meta: Meta) -> None:
    now = int(time.time())
    assert meta.post_message(text_message(**proof(now))).status_code == 200
    assert meta.post_message(text_message(**proof(now, "wrong"))).json()["error"]["code"] == 100


def test_a_proof_can_be_required(meta: Meta) -> None:
    meta.control("settings", require_appsecret_proof=True)
    assert meta.post_message(text_message()).json()["error"]["code"] == 100
    assert meta.post_message(text_message(), params=proof(int(time.time()))).status_code == 200


def test_an_unknown_number_is_an_unknown_object(meta: Meta) -> None:
    answer = meta.post_message(text_message(), number="999")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)
    assert error["type"] == "GraphMethodException"


@pytest.mark.parametrize("path", ["106540352242922/nonsense", "nonsense"])
def test_an_unknown_path_is_refused(meta: Meta, path: str) -> None:
    answer = meta.call("POST", path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2500)


def test_a_sent_message_cannot_be_marked_as_read(meta: Meta) -> None:
    wamid = meta.send(template_message(to=CUSTOMER))
    answer = meta.post_message({"messaging_product": "whatsapp", "status": "read", "message_id": wamid})
    assert answer.json()["error"]["code"] == 131009
