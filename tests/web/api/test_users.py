"""/v1/users and /v1/audit: people are invited, changed and switched off, and the log tells who did it."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine

from db.changes.invitations import digest_of
from db.queries import audit
from tests.web.api.requests import USER
from tests.web.api.world import Business, Caller, change, pointers, rows

PLANTED = "EAAGplantedplantedplanted"


def test_a_person_is_invited_by_a_link_that_is_shown_once(caller: Caller, engine: Engine) -> None:
    made = caller.post("/v1/users", {**USER, "login": "Ana@Example.com"})
    assert made.status_code == 201
    assert (made.json["login"], made.json["state"]) == ("ana@example.com", "invited")
    link = urlsplit(made.json["invitation"]["url"])
    token = link.path.removeprefix("/invitation/")
    assert rows(engine, "SELECT digest FROM invitations") == [(digest_of(token),)]
    for path in ("/v1/users", f"/v1/users/{made.json['id']}", "/v1/audit"):
        assert token not in caller.get(path).text
    assert caller.get(f"/v1/users/{made.json['id']}").json == {
        name: value for name, value in made.json.items() if name != "invitation"
    }


def test_inviting_again_makes_another_link_until_the_person_has_come(caller: Caller, engine: Engine) -> None:
    first, second = (caller.post("/v1/users", USER).json for _ in range(2))
    assert first["id"] == second["id"]
    assert first["invitation"]["url"] != second["invitation"]["url"]
    change(engine, "UPDATE users SET password_hash = 'x'")
    refused = caller.post("/v1/users", USER)
    assert (refused.status_code, refused.json["code"]) == (409, "login_taken")


def test_another_tenant_s_login_is_taken_and_no_more_is_told(caller: Caller, other_caller: Caller) -> None:
    caller.post("/v1/users", USER)
    refused = other_caller.post("/v1/users", USER)
    assert (refused.status_code, refused.json["code"]) == (409, "login_taken")
    assert "default" not in refused.text


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"login": "a b"}, "/login"),
        ({"login": ""}, "/login"),
        ({"role": "god"}, "/role"),
        ({"language": "xx"}, "/language"),
        ({"password": "given in clear"}, "/password"),
    ],
)
def test_a_refused_invitation_is_pointed_at(
    caller: Caller, engine: Engine, wrong: dict[str, Any], pointer: str
) -> None:
    refused = caller.post("/v1/users", {**USER, **wrong})
    assert (refused.status_code, pointers(refused)) == (422, [pointer])
    assert rows(engine, "SELECT FROM users") == []


def test_a_user_is_changed_and_switched_off(caller: Caller, engine: Engine) -> None:
    user = caller.post("/v1/users", USER).json
    change(engine, "UPDATE users SET password_hash = 'x'")
    path = f"/v1/users/{user['id']}"
    assert caller.patch(path, {"role": "viewer", "name": "Ana"}).json["role"] == "viewer"
    assert caller.patch(path, {"is_active": False}).json["state"] == "inactive"
    assert caller.patch(path, {"is_active": True}).json["state"] == "active"
    assert rows(engine, "SELECT session_epoch FROM users") == [(1,)]
    assert caller.patch(path, {}).status_code == 200


def test_the_last_owner_stays(caller: Caller, engine: Engine) -> None:
    user = caller.post("/v1/users", {**USER, "role": "owner"}).json
    change(engine, "UPDATE users SET password_hash = 'x'")
    for wanted in ({"role": "viewer"}, {"is_active": False}):
        refused = caller.patch(f"/v1/users/{user['id']}", wanted)
        assert (refused.status_code, refused.json["code"]) == (409, "last_owner")


def test_no_hash_is_ever_shown(caller: Caller, engine: Engine) -> None:
    caller.post("/v1/users", USER)
    change(engine, "UPDATE users SET password_hash = 'planted-hash'")
    assert "planted-hash" not in caller.get("/v1/users").text


def test_the_log_is_paged_and_tells_who_changed_what(caller: Caller) -> None:
    user = caller.post("/v1/users", USER).json
    caller.patch(f"/v1/users/{user['id']}", {"role": "viewer"})
    first = caller.get("/v1/audit?limit=1").json
    second = caller.get(f"/v1/audit?limit=1&cursor={first['next']}").json
    [changed], [invited] = first["data"], second["data"]
    assert (changed["actor"], changed["action"], changed["target"]) == ("key:test", "user.changed", user["id"])
    assert changed["details"] == {"login": "ana@example.com", "role": "viewer"}
    assert invited["action"] == "user.invited"
    assert second["next"] is None


def test_a_secret_that_got_into_the_log_is_not_shown(caller: Caller, engine: Engine, business: Business) -> None:
    with engine.begin() as connection:
        audit.write(connection, business.tenant_id, actor="cli", action="x", target="y")
    change(
        engine,
        "UPDATE audit_log SET details = jsonb_build_object('why', CAST(:why AS text), 'access_token', 'planted')",
        why=f"was {PLANTED}",
    )
    shown = caller.get("/v1/audit").text
    assert PLANTED not in shown
    assert "planted" not in shown
