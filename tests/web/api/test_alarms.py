"""Alarms over the API, and the address at which they are taken."""

from sqlalchemy import Engine

from db.queries import alarms
from db.queries.alarms import NewAlarm
from tests.web.api.world import Business, Caller

CALLBACK = "/v1/alarms/callback"
URL = "https://erp.example.com/paperboy"


def test_a_test_alarm_waits_for_its_delivery_and_is_listed(caller: Caller) -> None:
    assert caller.post(f"{CALLBACK}/test").status_code == 409
    caller.call("PUT", CALLBACK, {"url": URL})
    assert caller.post(f"{CALLBACK}/test").status_code == 202
    [alarm] = caller.get("/v1/alarms").json["data"]
    assert (alarm["kind"], alarm["delivery"], alarm["attempts"]) == ("test", "waiting", 0)
    caller.delete(CALLBACK)
    assert caller.get("/v1/alarms").json["data"][0]["delivery"] == "none", "nobody is there to take it any more"


def test_alarms_are_paged_newest_first_and_are_the_tenants_own(
    caller: Caller, other_caller: Caller, business: Business, engine: Engine
) -> None:
    with engine.begin() as connection:
        for number in range(3):
            alarms.raise_alarms(connection, [NewAlarm(business.tenant_id, "session.silent", f"s{number}", {})])
    first = caller.get("/v1/alarms?limit=2").json
    assert [one["target"] for one in first["data"]] == ["s2", "s1"]
    assert [one["target"] for one in caller.get(f"/v1/alarms?cursor={first['next']}").json["data"]] == ["s0"]
    assert other_caller.get("/v1/alarms").json["data"] == []
