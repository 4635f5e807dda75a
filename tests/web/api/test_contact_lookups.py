"""The address at which a tenant's own system is asked about contacts, over the API (S0.29)."""

from sqlalchemy import Engine

from tests.web.api.test_contacts import contact_id
from tests.web.api.world import Business, Caller, change

LOOKUP = "/v1/contact-lookup"
URL = "https://erp.example.com/who-is"


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
