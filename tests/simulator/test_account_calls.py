"""Templates, numbers, media, subscriptions and tokens over the Graph API."""

import base64
import hashlib
from typing import Any

import pytest

from simulator import defaults
from tests.simulator.meta import INVOICE, Meta, body_component, message, pdf_header, template_message
from tests.simulator.receiver import Receiver

TEMPLATES = f"{defaults.WABA_ID}/message_templates"
PDF = b"%PDF-1.4 nothing in it"


def names(answer: Any) -> list[tuple[str, str]]:
    return [(template["name"], template["language"]) for template in answer.json()["data"]]


def code(answer: Any) -> int:
    assert answer.status_code == 400
    return int(answer.json()["error"]["code"])


def upload(meta: Meta, content: bytes = PDF, mime_type: str = "application/pdf", **form: str) -> Any:
    return meta.call(
        "POST",
        f"{defaults.PHONE_NUMBER_ID}/media",
        data=form or {"messaging_product": "whatsapp"},
        files={"file": ("invoice.pdf", content, mime_type)},
    )


def test_the_seeded_templates_are_approved_in_english_and_spanish(meta: Meta) -> None:
    answer = meta.call("GET", TEMPLATES, params={"status": "approved"})
    expected = {"invoice", "invoice_pdf", "invoice_button", "quote", "hello_world"}
    assert set(names(answer)) == {(name, language) for name in expected for language in ("en", "es")}
    found = {template["name"]: template for template in answer.json()["data"] if template["language"] == "es"}
    assert [part["type"] for part in found["invoice_pdf"]["components"]] == ["HEADER", "BODY"]
    assert found["invoice_pdf"]["components"][0]["format"] == "DOCUMENT"
    [button] = found["invoice_button"]["components"][1]["buttons"]
    assert (button["type"], button["url"]) == ("URL", "https://pay.example.com/i/{{1}}")
    assert {"id", "status", "category", "parameter_format"} <= found["invoice"].keys()


def test_templates_come_in_pages(meta: Meta) -> None:
    seen, parameters = [], {"limit": "4"}
    while True:
        page = meta.call("GET", TEMPLATES, params=parameters)
        seen += names(page)
        if "next" not in page.json()["paging"]:
            break
        assert page.json()["paging"]["next"].startswith(meta.address)
        parameters = {"limit": "4", "after": page.json()["paging"]["cursors"]["after"]}
    assert len(seen) == len(set(seen)) == 10


def test_the_next_page_can_be_followed_and_holds_no_token(meta: Meta) -> None:
    first = meta.call("GET", TEMPLATES, params={"limit": "9", "access_token": defaults.ACCESS_TOKEN}, token=None)
    following = first.json()["paging"]["next"]
    assert defaults.ACCESS_TOKEN not in following
    headers = {"Authorization": f"Bearer {defaults.ACCESS_TOKEN}"}
    assert len(meta.session.get(following, headers=headers).json()["data"]) == 1


@pytest.mark.parametrize(
    ("filters", "count"),
    [({"name": "invoice"}, 2), ({"language": "es"}, 5), ({"status": "PAUSED"}, 0), ({"category": "utility"}, 10)],
)
def test_templates_can_be_filtered(meta: Meta, filters: dict[str, str], count: int) -> None:
    assert len(names(meta.call("GET", TEMPLATES, params={"limit": "100", **filters}))) == count


def test_template_fields_can_be_chosen(meta: Meta) -> None:
    answer = meta.call("GET", TEMPLATES, params={"fields": "name,status", "limit": "1"}).json()
    assert answer["data"][0].keys() == {"id", "name", "status"}
    assert code(meta.call("GET", TEMPLATES, params={"fields": "price"})) == 100
    assert code(meta.call("GET", TEMPLATES, params={"limit": "none"})) == 100
    assert code(meta.call("GET", TEMPLATES, params={"after": "none"})) == 100


def test_a_phone_number_shows_the_fields_asked_for(meta: Meta) -> None:
    shown = meta.call("GET", defaults.PHONE_NUMBER_ID).json()
    assert shown == {
        "id": defaults.PHONE_NUMBER_ID,
        "display_phone_number": defaults.DISPLAY_PHONE_NUMBER,
        "verified_name": defaults.VERIFIED_NAME,
        "quality_rating": "GREEN",
    }
    parameters = {"fields": "throughput,platform_type"}
    shown = meta.call("GET", defaults.PHONE_NUMBER_ID, params=parameters).json()
    assert shown.keys() == {"id", "throughput", "platform_type"}
    assert code(meta.call("GET", defaults.PHONE_NUMBER_ID, params={"fields": "price"})) == 100


def test_the_waba_lists_its_numbers(meta: Meta) -> None:
    numbers = meta.call("GET", f"{defaults.WABA_ID}/phone_numbers").json()["data"]
    assert [number["id"] for number in numbers] == [defaults.PHONE_NUMBER_ID, defaults.SECOND_PHONE_NUMBER_ID]


@pytest.mark.parametrize("path", ["999", "999/phone_numbers", "999/message_templates", "999/subscribed_apps"])
def test_unknown_objects_are_unknown(meta: Meta, path: str) -> None:
    error = meta.call("GET", path).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 33)


def test_media_is_uploaded_looked_up_downloaded_sent_and_deleted(meta: Meta) -> None:
    media_id = upload(meta).json()["id"]
    found = meta.call("GET", media_id, params={"phone_number_id": defaults.PHONE_NUMBER_ID}).json()
    assert (found["mime_type"], found["file_size"]) == ("application/pdf", len(PDF))
    assert found["sha256"] == hashlib.sha256(PDF).hexdigest()
    headers = {"Authorization": f"Bearer {defaults.ACCESS_TOKEN}"}
    assert meta.session.get(found["url"], headers=headers).content == PDF
    assert meta.session.get(found["url"]).status_code == 401
    assert meta.session.get(found["url"].replace("hash=", "hash=0"), headers=headers).status_code == 404
    header = pdf_header(id=media_id, filename="invoice.pdf")
    meta.send(template_message("invoice_pdf", [header, body_component(*INVOICE)]))
    assert meta.call("DELETE", media_id).json() == {"success": True}
    assert meta.call("GET", media_id).json()["error"]["error_subcode"] == 33
    assert meta.session.get(found["url"], headers=headers).status_code == 404


def test_media_of_another_type_is_refused_where_a_document_is_wanted(meta: Meta) -> None:
    media_id = upload(meta, mime_type="image/png").json()["id"]
    assert code(meta.post_message(message("document", {"id": media_id}))) == 132012
    assert meta.post_message(message("image", {"id": media_id})).status_code == 200


def test_a_wrong_upload_is_refused(meta: Meta) -> None:
    assert code(upload(meta, mime_type="application/zip")) == 100
    assert code(upload(meta, messaging_product="sms")) == 100
    assert code(upload(meta, content=b"")) == 131053
    assert code(upload(meta, content=bytes(600_000), mime_type="image/webp")) == 131053
    form = {"messaging_product": (None, "whatsapp")}
    assert code(meta.call("POST", f"{defaults.PHONE_NUMBER_ID}/media", files=form)) == 100


def test_the_sha256_in_a_webhook_is_base64(meta: Meta, receiver: Receiver) -> None:
    meta.control("inbound", type="document")
    document = receiver.wait_for_messages()[0]["document"]
    found = meta.call("GET", document["id"]).json()
    assert base64.b64decode(document["sha256"]).hex() == found["sha256"]


def test_an_override_is_verified_and_used(meta: Meta, receiver: Receiver) -> None:
    path, url = f"{defaults.WABA_ID}/subscribed_apps", receiver.address + "/other"
    wrong = meta.call("POST", path, json={"override_callback_uri": url, "verify_token": "wrong"})
    assert code(wrong) == 2200
    wanted = {"override_callback_uri": url, "verify_token": receiver.verify_token}
    assert meta.call("POST", path, json=wanted).json() == {"success": True}
    [app] = meta.call("GET", path).json()["data"]
    assert app["override_callback_uri"] == url
    assert app["whatsapp_business_api_data"]["id"] == defaults.APP_ID
    assert meta.call("POST", path).json() == {"success": True}
    assert "override_callback_uri" not in meta.call("GET", path).json()["data"][0]


def test_an_account_whose_app_is_unsubscribed_sends_no_webhook_until_it_is_subscribed_again(
    meta: Meta, receiver: Receiver
) -> None:
    path = f"{defaults.WABA_ID}/subscribed_apps"
    assert meta.call("DELETE", path).json() == {"success": True}
    assert meta.call("GET", path).json() == {"data": []}
    meta.control("inbound", {"from": "+18095550111"})
    assert meta.call("POST", path).json() == {"success": True}
    meta.control("inbound", {"from": "+18095550222"})
    assert [message["from"] for message in receiver.wait_for_messages()] == ["18095550222"]


def test_an_override_needs_a_verify_token(meta: Meta, receiver: Receiver) -> None:
    wanted = {"override_callback_uri": receiver.address}
    assert code(meta.call("POST", f"{defaults.WABA_ID}/subscribed_apps", json=wanted)) == 100


def test_an_app_subscription_needs_an_app_token_and_a_callback_that_answers(meta: Meta, receiver: Receiver) -> None:
    form = {
        "object": "whatsapp_business_account",
        "callback_url": receiver.address + "/callback",
        "verify_token": receiver.verify_token,
        "fields": "messages",
    }
    path, app_token = f"{defaults.APP_ID}/subscriptions", f"{defaults.APP_ID}|{defaults.APP_SECRET}"
    assert meta.call("POST", path, data=form).json()["error"]["code"] == 190
    assert meta.call("POST", path, data=form, token=app_token).json() == {"success": True}
    unreachable = {**form, "callback_url": "http://127.0.0.1:9/"}
    assert code(meta.call("POST", path, data=unreachable, token=app_token)) == 2200
    assert code(meta.call("POST", path, data={**form, "fields": ""}, token=app_token)) == 100
    assert code(meta.call("POST", path, data={**form, "fields": "messages,message_deliveries"}, token=app_token)) == 100
    shown = meta.call("GET", defaults.PHONE_NUMBER_ID, params={"fields": "webhook_configuration"}).json()
    assert shown["webhook_configuration"] == {"application": form["callback_url"]}


def test_a_token_can_be_inspected(meta: Meta) -> None:
    def inspect(token: str) -> dict[str, Any]:
        query = {"input_token": token, "access_token": f"{defaults.APP_ID}|{defaults.APP_SECRET}"}
        return dict(meta.call("GET", "debug_token", token=None, params=query).json()["data"])

    known, unknown = inspect(defaults.ACCESS_TOKEN), inspect("another")
    assert (known["is_valid"], known["expires_at"], known["app_id"]) == (True, 0, defaults.APP_ID)
    assert "whatsapp_business_messaging" in known["scopes"]
    assert known["granular_scopes"][0]["target_ids"] == [defaults.WABA_ID]
    assert (unknown["is_valid"], unknown["scopes"]) == (False, [])
    meta.control("settings", token_expired=True)
    assert inspect(defaults.ACCESS_TOKEN)["is_valid"] is False
