"""Contacts: found, named, asked for consent, forgotten on request (S0.29, S1.27)."""

from typing import Any

import pytest
from sqlalchemy import Engine

from tests.web.api.requests import OTHER_PHONE, PHONE, TEMPLATE, TEXT
from tests.web.api.world import Business, Caller, change, count, rows


def contact_id(caller: Caller, phone: str = PHONE) -> str:
    [contact] = caller.get(f"/v1/contacts?address=%2B{phone[1:]}").json["data"]
    found: str = contact["id"]
    return found


def test_a_contact_is_found_by_any_form_of_its_number_and_by_your_own_id(
    caller: Caller, engine: Engine, business: Business
) -> None:
    change(
        engine, "UPDATE contacts SET phone = '+5511987654321', phone_key = '+5511987654321' WHERE phone = :p", p=PHONE
    )
    found = contact_id(caller, "+551187654321")
    body = {"display_name": "Ana Peña", "external_id": "C-77", "attributes": {"plan": "gold", "debt": 12.5}}
    shown = caller.patch(f"/v1/contacts/{found}", body).json
    assert {name: shown[name] for name in body} == body
    assert [one["id"] for one in caller.get("/v1/contacts?external_id=C-77").json["data"]] == [found]
    assert caller.patch(f"/v1/contacts/{found}", {"display_name": None}).json["external_id"] == "C-77"
    assert len(caller.get("/v1/contacts").json["data"]) == 3


@pytest.mark.parametrize("wrong", [{}, {"attributes": {"x": "y" * 1001}}, {"attributes": {"x": [1]}}, {"phone": "+1"}])
def test_what_a_contact_cannot_hold_is_refused(caller: Caller, wrong: dict[str, Any]) -> None:
    assert caller.patch(f"/v1/contacts/{contact_id(caller)}", wrong).status_code == 422


def test_two_contacts_cannot_have_one_external_id(caller: Caller) -> None:
    caller.patch(f"/v1/contacts/{contact_id(caller)}", {"external_id": "C-1"})
    answer = caller.patch(f"/v1/contacts/{contact_id(caller, OTHER_PHONE)}", {"external_id": "C-1"})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/external_id")


def test_consent_given_elsewhere_counts_at_once_and_is_proved(caller: Caller) -> None:
    path = f"/v1/contacts/{contact_id(caller)}/consent"
    shown = caller.post(path, {"category": "utility", "act": "stop"}).json
    assert (shown["consent"]["utility"]["act"], shown["consent"]["marketing"]) == ("stop", None)
    assert caller.post("/v1/messages", TEMPLATE).json["code"] == "opted_out"
    caller.post(path, {"category": "utility", "act": "start"})
    assert caller.post("/v1/messages", TEMPLATE).status_code == 202
    history = caller.get(path).json["data"]
    assert [(one["category"], one["act"], one["source"]) for one in history] == [
        ("utility", "start", "api"),
        ("utility", "stop", "api"),
    ]


def test_who_is_erased_is_gone_with_all_content_and_the_totals_stay(caller: Caller, engine: Engine) -> None:
    found = contact_id(caller)
    caller.patch(f"/v1/contacts/{found}", {"display_name": "Ana", "external_id": "C-1", "attributes": {"a": "b"}})
    caller.post("/v1/messages", {**TEXT, "client_reference": "R-1"})
    assert caller.post(f"/v1/contacts/{found}/erase").json["code"] == "messages_waiting"
    change(engine, "DELETE FROM outbox")
    before = count(engine, "messages")
    assert caller.post(f"/v1/contacts/{found}/erase").status_code == 204
    assert count(engine, "messages") == before
    told = str(rows(engine, "SELECT m.*, c.* FROM messages m, contacts c WHERE c.id = :id", id=found))
    assert not any(secret in told for secret in (PHONE, "Gracias", "Ana", "C-1"))
    [line] = rows(engine, "SELECT target, action FROM audit_log WHERE action = 'contact.erased'")
    assert line.target == found
    assert caller.post("/v1/messages", TEXT).json["code"] == "window_closed", "who writes again is a new contact"


def test_contacts_belong_to_their_tenant(caller: Caller, other_caller: Caller) -> None:
    found = contact_id(caller)
    assert other_caller.get(f"/v1/contacts/{found}").json["code"] == "contact_not_found"
    assert other_caller.patch(f"/v1/contacts/{found}", {"display_name": "x"}).status_code == 404
    assert other_caller.post(f"/v1/contacts/{found}/erase").status_code == 404
    assert other_caller.post(f"/v1/contacts/{found}/consent", {"category": "utility", "act": "stop"}).status_code == 404
    assert other_caller.get(f"/v1/contacts/{found}/consent").status_code == 404
