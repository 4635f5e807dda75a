"""API keys: who may call, and what for."""

from datetime import UTC, datetime, timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine

from db.api_keys import digest_of, new_key
from tests.web.api.requests import TEXT
from tests.web.api.test_statements import counted
from tests.web.api.world import Business, Caller, add_key, change, count
from web.api.services import EXTENSION


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic YTpi", f"Bearer {new_key()}", f"Token {new_key()}", "Bearer \u00f1"],
    ids=["none", "empty", "no key", "blank key", "another scheme", "unknown key", "no scheme of ours", "not ASCII"],
)
def test_without_a_valid_key_nothing_is_told(app: APIFlask, business: Business, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = app.test_client().get("/v1/messages", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_is_never_repeated_in_an_answer(app: APIFlask, business: Business) -> None:
    key = new_key()
    assert key not in app.test_client().get("/v1/messages", headers={"Authorization": f"Bearer {key}"}).text


def test_the_scheme_is_read_in_any_case(app: APIFlask, business: Business) -> None:
    assert app.test_client().get("/v1/messages", headers={"Authorization": f"bearer {business.key}"}).status_code == 200


def test_a_key_without_the_scope_is_refused(app: APIFlask, engine: Engine, business: Business) -> None:
    with engine.begin() as connection:
        reader = Caller(app.test_client(), add_key(connection, business.tenant_id, ("read",)))
        sender = Caller(app.test_client(), add_key(connection, business.tenant_id, ("send",)))
    assert reader.get("/v1/messages").status_code == 200
    refused = reader.post("/v1/messages", TEXT)
    assert (refused.status_code, refused.json["code"]) == (403, "scope_missing")
    assert "send" in refused.json["detail"]
    assert sender.post("/v1/messages", TEXT).status_code == 202
    assert sender.get("/v1/messages").status_code == 403
    assert count(engine, "messages") == 1


def test_expired_and_revoked_keys_are_refused(app: APIFlask, engine: Engine, business: Business) -> None:
    now = datetime.now(UTC)
    with engine.begin() as connection:
        expired = add_key(connection, business.tenant_id, expires_at=now - timedelta(seconds=1))
        revoked = add_key(connection, business.tenant_id, revoked_at=now)
        valid = add_key(connection, business.tenant_id, expires_at=now + timedelta(hours=1))
    statuses = [Caller(app.test_client(), key).get("/v1/messages").status_code for key in (expired, revoked, valid)]
    assert statuses == [401, 401, 200]


def test_a_cached_key_still_expires_on_time(app: APIFlask, engine: Engine, business: Business) -> None:
    soon = datetime.now(UTC) + timedelta(milliseconds=1500)
    with engine.begin() as connection:
        caller = Caller(app.test_client(), add_key(connection, business.tenant_id, expires_at=soon))
    assert caller.get("/v1/messages").status_code == 200
    while datetime.now(UTC) < soon:
        pass
    assert caller.get("/v1/messages").status_code == 401


def test_a_revoked_key_is_refused_once_the_cache_has_run_out(
    app: APIFlask, caller: Caller, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert caller.get("/v1/messages").status_code == 200
    change(engine, "UPDATE api_keys SET revoked_at = now()")
    monkeypatch.setattr("web.api.ttl_cache.time.monotonic", lambda: 1e12)
    assert caller.get("/v1/messages").status_code == 401


def test_a_wrong_key_asks_postgres_once_and_pushes_no_known_key_out(
    app: APIFlask, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert caller.get("/v1/messages").status_code == 200
    wrong = Caller(app.test_client(), new_key())
    with counted(app) as seen:
        assert [wrong.get("/v1/messages").status_code for _ in range(5)] == [401] * 5
    assert len(seen) == 1
    monkeypatch.setattr(app.extensions[EXTENSION].keys._unknown, "_most", 3)
    for _ in range(10):
        Caller(app.test_client(), new_key()).get("/v1/messages")
    assert len(app.extensions[EXTENSION].keys._unknown._entries) == 3
    with counted(app) as seen:
        assert caller.get("/v1/messages").status_code == 200
    assert len(seen) == 1, "the list alone"


def test_a_key_that_was_tried_before_it_was_made_is_known_once_the_cache_has_run_out(
    app: APIFlask, engine: Engine, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        add_key(connection, business.tenant_id, digest=digest_of("pbk_early"))
    early = Caller(app.test_client(), "pbk_early")
    change(engine, "UPDATE api_keys SET revoked_at = now() WHERE digest = :digest", digest=digest_of("pbk_early"))
    assert early.get("/v1/messages").status_code == 401
    change(engine, "UPDATE api_keys SET revoked_at = NULL")
    monkeypatch.setattr("web.api.ttl_cache.time.monotonic", lambda: 1e12)
    assert early.get("/v1/messages").status_code == 200
