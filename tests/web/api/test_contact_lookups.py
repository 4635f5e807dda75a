"""The address at which a tenant's own system is asked about contacts, over the API (S0.29)."""

import pytest
from sqlalchemy import Engine

from tests.web.api.test_contacts import contact_id
from tests.web.api.world import Business, Caller, change, rows

LOOKUP = "/v1/contact-lookup"
URL = "https://erp.example.com/who-is"


def test_an_address_is_set_shown_without_its_secret_and_removed(caller: Caller, engine: Engine) -> None:
    assert caller.get(LOOKUP).status_code == 404
    made = caller.call("PUT", LOOKUP, {"url": URL})
    assert made.status_code == 200, made.text
    secret = made.json["secret"]
    assert secret.startswith("whsec_")
    assert caller.get(LOOKUP).json == {"url": URL, "created_at": made.json["created_at"]}
    assert secret not in str(rows(engine, "SELECT * FROM lookup_endpoints"))
    assert caller.call("PUT", LOOKUP, {"url": URL}).json["secret"] != secret
    assert caller.delete(LOOKUP).status_code == 204
    assert caller.get(LOOKUP).status_code == caller.delete(LOOKUP).status_code == 404
    actions = [row.action for row in rows(engine, "SELECT action FROM audit_log ORDER BY id")]
    assert actions == ["lookup.set", "lookup.set", "lookup.removed"]


@pytest.mark.parametrize("url", ["http://erp.example.com/", "https://a:b@erp.example.com/", "https://", "no address"])
def test_an_address_that_cannot_be_used_is_refused_with_the_reason(caller: Caller, url: str) -> None:
    answer = caller.call("PUT", LOOKUP, {"url": url})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/url"


def test_a_contact_is_asked_about_again_on_request_and_shows_the_answer(
    caller: Caller, engine: Engine, business: Business
) -> None:
    path = f"/v1/contacts/{contact_id(caller)}"
    assert caller.get(path).json["lookup"] is None
    assert caller.post(f"{path}/lookup").status_code == 409
    caller.call("PUT", LOOKUP, {"url": URL})
    asked = caller.post(f"{path}/lookup")
    assert asked.status_code == 202, asked.text
    assert asked.json["lookup"] == {"state": "waiting", "attributes": {}, "problem": None, "answered_at": None}
    told = """UPDATE contact_lookups SET state = 'answered', answer = '{"plan": "oro"}', answered_at = now()"""
    change(engine, told)
    assert caller.get(path).json["lookup"]["attributes"] == {"plan": "oro"}
    again = caller.post(f"{path}/lookup").json["lookup"]
    assert (again["state"], again["attributes"]) == ("waiting", {"plan": "oro"})
    caller.delete(LOOKUP)
    kept = caller.get(path).json["lookup"]
    assert (kept["state"], kept["attributes"]) == ("answered", {"plan": "oro"})


def test_a_question_that_nobody_will_answer_is_none(caller: Caller) -> None:
    path = f"/v1/contacts/{contact_id(caller)}"
    caller.call("PUT", LOOKUP, {"url": URL})
    caller.post(f"{path}/lookup")
    caller.delete(LOOKUP)
    assert caller.get(path).json["lookup"] is None
