"""The addresses of a tenant's own system over the API: one for alarms, one for questions about contacts (S0.29)."""

import pytest
from sqlalchemy import Engine

from tests.web.api.world import Caller, rows

URL = "https://erp.example.com/paperboy"
PATHS = {"callback": "/v1/alarms/callback", "lookup": "/v1/contact-lookup"}

each_kind = pytest.mark.parametrize("kind", PATHS)


@each_kind
def test_an_address_is_set_shown_without_its_secret_and_removed(caller: Caller, engine: Engine, kind: str) -> None:
    path = PATHS[kind]
    assert caller.get(path).status_code == 404
    made = caller.call("PUT", path, {"url": URL})
    assert made.status_code == 200, made.text
    assert made.headers["Cache-Control"] == "no-store"
    secret = made.json["secret"]
    assert secret.startswith("whsec_")
    assert caller.get(path).json == {"url": URL, "created_at": made.json["created_at"]}
    assert secret not in str(rows(engine, f"SELECT * FROM {kind}_endpoints"))
    assert caller.call("PUT", path, {"url": URL}).json["secret"] != secret
    assert caller.delete(path).status_code == 204
    assert caller.get(path).status_code == caller.delete(path).status_code == 404
    actions = [row.action for row in rows(engine, "SELECT action FROM audit_log ORDER BY id")]
    assert actions == [f"{kind}.{done}" for done in ("set", "set", "removed")]


@each_kind
def test_without_an_address_it_is_said_which_one_is_missing(caller: Caller, kind: str) -> None:
    for answer in (caller.get(PATHS[kind]), caller.delete(PATHS[kind])):
        assert (answer.status_code, answer.json["code"]) == (404, f"{kind}_missing")


@each_kind
@pytest.mark.parametrize("url", ["http://erp.example.com/", "https://a:b@erp.example.com/", "https://", "no address"])
def test_an_address_that_cannot_be_used_is_refused_with_the_reason(caller: Caller, kind: str, url: str) -> None:
    answer = caller.call("PUT", PATHS[kind], {"url": url})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/url"
