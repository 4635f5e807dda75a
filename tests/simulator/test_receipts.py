"""Receipts have the shape of Meta's webhooks of version 24 and later, and fail where Meta's would."""

import time

import pytest

from simulator import defaults
from tests.simulator.meta import CUSTOMER, Meta, message, template_message, text_message
from tests.simulator.receiver import Receiver
from whatsapp.signature import matching_secret


def test_a_message_is_sent_delivered_and_read(meta: Meta, receiver: Receiver) -> None:
    wamid = meta.send(template_message(biz_opaque_callback_data="our-id:1"))
    statuses = receiver.wait_for_statuses(wamid, "sent", "delivered", "read")
    assert [status["status"] for status in statuses] == ["sent", "delivered", "read"]
    for status in statuses:
        assert status["recipient_id"] == CUSTOMER[1:]
        assert status["recipient_user_id"].startswith("US.")
        assert status["biz_opaque_callback_data"] == "our-id:1"
        assert abs(int(status["timestamp"]) - time.time()) < 5
        assert "conversation" not in status
    assert [("pricing" in status) for status in statuses] == [True, True, False]
    assert statuses[0]["pricing"] == {
        "billable": True,
        "pricing_model": "PMP",
        "type": "regular",
        "category": "utility",
    }
    meta.wait(lambda: meta.look("sends")[0]["statuses"] == ["sent", "delivered", "read"])


def test_the_envelope_is_metas(meta: Meta, receiver: Receiver) -> None:
    wamid = meta.send(template_message())
    receiver.wait_for_statuses(wamid, "sent", "delivered", "read")
    payload = receiver.posts[0].payload
    assert payload["object"] == "whatsapp_business_account"
    [entry] = payload["entry"]
    assert entry["id"] == defaults.WABA_ID
    [change] = entry["changes"]
    assert change["field"] == "messages"
    assert change["value"]["messaging_product"] == "whatsapp"
    assert change["value"]["metadata"] == {
        "display_phone_number": "18295550142",
        "phone_number_id": defaults.PHONE_NUMBER_ID,
    }
    [contact] = change["value"]["contacts"]
    assert contact["wa_id"] == CUSTOMER[1:]


def test_every_post_is_signed_over_its_bytes(meta: Meta, receiver: Receiver) -> None:
    receiver.wait_for_statuses(meta.send(template_message()), "sent", "delivered", "read")
    meta.control("inbound", {"from": CUSTOMER, "body": "¿Cuánto debo?"})
    receiver.wait_for_messages()
    for post in receiver.posts:
        assert post.content_type == "application/json"
        assert matching_secret(post.body, post.signature, [defaults.APP_SECRET]) == 0


def test_the_wire_is_ascii_with_lower_case_escapes_and_escaped_slashes(meta: Meta, receiver: Receiver) -> None:
    meta.control("inbound", {"body": "ñ 👍 https://pay.example.com/i", "name": "Ana Peña"})
    [received] = receiver.wait_for_messages()
    body = receiver.posts[0].body
    assert received["text"]["body"] == "ñ 👍 https://pay.example.com/i"
    assert body.isascii()
    assert rb"\u00f1 \ud83d\udc4d https:\/\/pay.example.com\/i" in body
    assert b"/" not in body.replace(rb"\/", b"")


def test_a_user_id_gets_receipts_without_a_phone(meta: Meta, receiver: Receiver) -> None:
    body = template_message(recipient="DO.13491208655302741918")
    del body["to"]
    for status in receiver.wait_for_statuses(meta.send(body), "sent", "delivered", "read"):
        assert "recipient_id" not in status
        assert status["recipient_user_id"] == "DO.13491208655302741918"
    assert receiver.values[0]["contacts"] == [{"user_id": "DO.13491208655302741918"}]


@pytest.mark.parametrize("ending", defaults.FAILING_ENDINGS)
def test_a_recipient_that_ends_in_an_error_code_fails_with_it(meta: Meta, receiver: Receiver, ending: str) -> None:
    wamid = meta.send(template_message(to="+18095" + ending, biz_opaque_callback_data="our-id:1"))
    [failed] = receiver.wait_for_statuses(wamid, "failed")
    [error] = failed["errors"]
    assert error["code"] == int(ending)
    assert error["title"] == error["message"]
    assert error["error_data"]["details"]
    assert failed["recipient_id"] == "18095" + ending
    assert failed["biz_opaque_callback_data"] == "our-id:1"
    assert not failed.keys() & {"recipient_user_id", "pricing"}
    assert "contacts" not in receiver.values[0]


def test_a_failed_user_id_is_named(meta: Meta, receiver: Receiver) -> None:
    body = template_message(recipient="DO.13491208655302131026")
    del body["to"]
    [failed] = receiver.wait_for_statuses(meta.send(body), "failed")
    assert failed["recipient_user_id"] == "DO.13491208655302131026"


def test_a_number_that_cannot_exist_is_not_on_whatsapp(meta: Meta, receiver: Receiver) -> None:
    [failed] = receiver.wait_for_statuses(meta.send(template_message(to="18095550123")), "failed")
    assert (failed["errors"][0]["code"], failed["recipient_id"]) == (131026, "118095550123")


def test_a_link_that_cannot_be_fetched_fails_later(meta: Meta, receiver: Receiver) -> None:
    meta.customer_writes()
    wamid = meta.send(message("document", {"link": "https://files.invalid/1.pdf"}))
    [failed] = receiver.wait_for_statuses(wamid, "failed")
    assert failed["errors"][0]["code"] == 131053


def test_free_form_outside_the_window_fails_later(meta: Meta, receiver: Receiver) -> None:
    [failed] = receiver.wait_for_statuses(meta.send(text_message()), "failed")
    assert failed["errors"][0]["code"] == 131047


def test_a_customers_message_opens_the_window_for_a_day(meta: Meta, receiver: Receiver) -> None:
    meta.customer_writes()
    statuses = receiver.wait_for_statuses(meta.send(text_message()), "sent", "delivered", "read")
    assert statuses[0]["pricing"]["category"] == "service"
    meta.control("inbound", {"from": "+18095550177", "timestamp": int(time.time()) - 86_401})
    [failed] = receiver.wait_for_statuses(meta.send(text_message("+18095550177")), "failed")
    assert failed["errors"][0]["code"] == 131047


def test_the_window_belongs_to_a_number_and_a_user(meta: Meta, receiver: Receiver) -> None:
    meta.customer_writes()
    other_number = meta.send(text_message(), number=defaults.SECOND_PHONE_NUMBER_ID)
    other_user = meta.send(text_message("+18095550177"))
    for wamid in (other_number, other_user):
        [failed] = receiver.wait_for_statuses(wamid, "failed")
        assert failed["errors"][0]["code"] == 131047


def test_a_message_by_user_id_opens_the_window_for_its_phone_too(meta: Meta, receiver: Receiver) -> None:
    meta.control("inbound", {"from": CUSTOMER, "bsuid_only": True})
    user_id = receiver.wait_for_messages()[0]["from_user_id"]
    body = text_message(recipient=user_id)
    del body["to"]
    receiver.wait_for_statuses(meta.send(body), "sent", "delivered", "read")


@pytest.mark.parametrize("kind", ["reaction", "system", "edit", "revoke", "unsupported"])
def test_what_is_no_message_opens_no_window(meta: Meta, receiver: Receiver, kind: str) -> None:
    meta.control("inbound", {"from": CUSTOMER, "type": kind})
    receiver.wait_for_statuses(meta.send(text_message()), "failed")


def test_a_receipt_can_be_switched_off(meta: Meta, receiver: Receiver) -> None:
    meta.control("settings", delays_ms={"read": None})
    wamid = meta.send(template_message())
    receiver.wait_for_statuses(wamid, "sent", "delivered")
    assert meta.wait_until_quiet()["updates_acknowledged"] == 2


def test_any_receipt_can_be_made_even_for_unknown_wamids(meta: Meta, receiver: Receiver) -> None:
    wamid = meta.send(template_message(biz_opaque_callback_data="our-id:1"))
    receiver.wait_for_statuses(wamid, "sent", "delivered", "read")
    made = [
        {"wamid": wamid, "status": "failed", "code": 131049},
        {"wamid": wamid, "status": "played"},
        {"wamid": "wamid.unknown", "status": "read", "callback_data": "our-id:2", "timestamp": 1_700_000_000},
    ]
    meta.control("receipts", made)
    statuses = receiver.wait_for_statuses(wamid, "sent", "delivered", "read", "failed", "played")
    assert {status["biz_opaque_callback_data"] for status in statuses} == {"our-id:1"}
    [unknown] = receiver.wait_for_statuses("wamid.unknown", "read")
    assert (unknown["biz_opaque_callback_data"], unknown["timestamp"]) == ("our-id:2", "1700000000")
