"""/v1/keys: shown once, recognisable, revoked at once, last use told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from db.queries import api_keys
from tests.waiting import wait_for
from tests.web.api.requests import KEY
from tests.web.api.world import Business, Caller, add_key, change, pointers, rows

GUARDED = ("/v1/keys", "/v1/users", "/v1/audit")


def test_a_key_is_shown_once_and_opens_what_its_scopes_say(app: APIFlask, caller: Caller, engine: Engine) -> None:
    made = caller.post("/v1/keys", {"name": "reports", "scopes": ["read", "read"]})
    assert made.status_code == 201
    key = made.json["key"]
    assert key.startswith("pbk_")
    assert made.json["prefix"] == key[:12]
    assert (made.json["scopes"], made.json["created_by"]) == (["read"], "key:test")
    assert made.headers["Location"] == f"/v1/keys/{made.json['id']}"
    for path in ("/v1/keys", f"/v1/keys/{made.json['id']}", "/v1/audit"):
        assert key not in caller.get(path).text
    kept = "".join(str(rows(engine, f"SELECT * FROM {table}")) for table in ("api_keys", "audit_log"))
    assert key not in kept
    reader = Caller(app.test_client(), key)
    assert reader.get("/v1/messages").status_code == 200
    assert reader.get("/v1/keys").status_code == 403


@pytest.mark.parametrize("path", GUARDED)
def test_only_the_scope_settings_opens_the_settings(
    app: APIFlask, engine: Engine, business: Business, path: str
) -> None:
    with engine.begin() as connection:
        others = Caller(app.test_client(), add_key(connection, business.tenant_id, ("send", "read", "sessions")))
        settings = Caller(app.test_client(), add_key(connection, business.tenant_id, ("settings",)))
    refused = others.get(path)
    assert (refused.status_code, refused.json["code"]) == (403, "scope_missing")
    assert '"settings"' in refused.json["detail"]
    assert settings.get(path).status_code == 200
    assert settings.get("/v1/messages").status_code == 403


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["everything"]}, "/scopes/0"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "tomorrow"}, "/expires_at"),
        ({"key": "pbk_mine"}, "/key"),
    ],
)
def test_a_refused_key_is_pointed_at_and_nothing_is_made(
    caller: Caller, engine: Engine, wrong: dict[str, Any], pointer: str
) -> None:
    refused = caller.post("/v1/keys", {**KEY, **wrong})
    assert (refused.status_code, pointers(refused)) == (422, [pointer])
    assert len(rows(engine, "SELECT FROM api_keys")) == 1
    assert rows(engine, "SELECT FROM audit_log") == []


def test_a_key_that_expires_is_refused_then(app: APIFlask, caller: Caller, engine: Engine) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made = caller.post("/v1/keys", {**KEY, "expires_at": soon}).json
    assert Caller(app.test_client(), made["key"]).get("/v1/messages").status_code == 200
    change(engine, "UPDATE api_keys SET expires_at = now() WHERE id = :id", id=made["id"])
    app.extensions["paperboy"].keys._known._entries.clear()
    assert Caller(app.test_client(), made["key"]).get("/v1/messages").status_code == 401


def test_a_key_is_revoked_once_and_the_log_tells_who(app: APIFlask, caller: Caller, engine: Engine) -> None:
    made = caller.post("/v1/keys", KEY).json
    for _ in range(2):
        assert caller.delete(f"/v1/keys/{made['id']}").status_code == 204
    assert Caller(app.test_client(), made["key"]).get("/v1/messages").status_code == 401
    assert caller.get(f"/v1/keys/{made['id']}").json["revoked_at"]
    lines = [(row.actor, row.action) for row in rows(engine, "SELECT * FROM audit_log ORDER BY id")]
    assert lines == [("key:test", "key.created"), ("key:test", "key.revoked")]


def test_keys_of_a_tenant_that_is_switched_off_are_refused(caller: Caller, engine: Engine) -> None:
    change(engine, "UPDATE tenants SET is_active = false")
    assert caller.get("/v1/keys").status_code == 401


def test_a_list_is_paged(caller: Caller) -> None:
    for number in range(3):
        caller.post("/v1/keys", {**KEY, "name": f"key {number}"})
    first = caller.get("/v1/keys?limit=2").json
    second = caller.get(f"/v1/keys?limit=2&cursor={first['next']}").json
    assert [one["name"] for one in first["data"] + second["data"]] == ["key 2", "key 1", "key 0", "test"]
    assert second["next"] is None


def test_the_last_use_of_a_key_is_written_down(caller: Caller, engine: Engine) -> None:
    caller.get("/v1/messages")
    [used] = wait_for(lambda: rows(engine, "SELECT last_used_at FROM api_keys WHERE last_used_at IS NOT NULL"))
    assert abs((datetime.now(UTC) - used.last_used_at).total_seconds()) < 60
    assert caller.get("/v1/keys").json["data"][0]["last_used_at"]


def test_the_last_use_is_written_at_most_once_a_minute(engine: Engine, business: Business) -> None:
    [key] = rows(engine, "SELECT id FROM api_keys")

    def written() -> datetime:
        with engine.begin() as connection:
            api_keys.mark_used(connection, [key.id])
        return rows(engine, "SELECT last_used_at FROM api_keys")[0].last_used_at

    first = written()
    assert written() == first
    change(engine, "UPDATE api_keys SET last_used_at = now() - interval '61 seconds'")
    assert written() > first


def test_a_last_use_that_cannot_be_written_disturbs_nobody(
    app: APIFlask, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Any] = []

    def broken(_connection: object, key_ids: Any) -> None:
        tried.append(key_ids)
        raise OperationalError("UPDATE", {}, Exception("gone"))

    monkeypatch.setattr("web.api.last_use.api_keys.mark_used", broken)
    assert caller.get("/v1/messages").status_code == 200
    wait_for(lambda: tried)
    assert caller.get("/v1/messages").status_code == 200
