"""Channels are connected, changed and disconnected; secrets go in and never come out."""

from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine

from db import sealed
from db.encryption import Keyring
from tests.web.api.conftest import KEY
from tests.web.api.requests import TEXT
from tests.web.api.world import Business, Caller, add_key, change, pointers, rows

TOKEN = "EAAG-planted-access-token-9xQ2"
VERIFY_TOKEN = "planted-verify-token-of-a-channel"
APP_SECRET = "planted-app-secret-0123456789abcdef"
PLANTED = (TOKEN, VERIFY_TOKEN, APP_SECRET)
NEW = {
    "phone_number_id": "5550001",
    "waba_id": "7770001",
    "access_token": TOKEN,
    "verify_token": VERIFY_TOKEN,
    "app_secret": APP_SECRET,
}


def stored_token(engine: Engine, number: str = "5550001") -> str:
    [row] = rows(engine, "SELECT access_token FROM channels WHERE phone_number_id = :number", number=number)
    return Keyring([KEY]).decrypt(row.access_token, sealed.ACCESS_TOKEN)


def audit(engine: Engine) -> list[Any]:
    return rows(engine, "SELECT actor, action, target, details FROM audit_log ORDER BY id")


def test_a_connected_channel_is_listed_and_its_webhook_is_its_own(caller: Caller, engine: Engine) -> None:
    answer = caller.post("/v1/channels", NEW)
    assert answer.status_code == 201
    channel = answer.json
    assert answer.headers["Location"] == f"/v1/channels/{channel['id']}"
    assert channel["webhook"]["url"].endswith(f"/webhook/{channel['id']}")
    assert len(channel["webhook"]["app_secrets"]) == 1
    assert caller.get(f"/v1/channels/{channel['id']}").json == channel
    assert stored_token(engine) == TOKEN
    assert [(line.actor, line.action) for line in audit(engine)] == [("key:test", "channel.connected")]


def test_planted_secrets_are_in_no_answer_log_line_audit_line_or_plain_column(
    caller: Caller, engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    made = caller.post("/v1/channels", NEW)
    path = f"/v1/channels/{made.json['id']}"
    answers = [
        made,
        caller.call("PATCH", path, {"access_token": TOKEN[::-1], "verify_token": VERIFY_TOKEN[::-1]}),
        caller.call("PATCH", path, {"access_token": TOKEN, "verify_token": VERIFY_TOKEN + " \u00e9"}),
        caller.post("/v1/channels", NEW),
        caller.post("/v1/channels", {**NEW, "phone_number_id": "no id", "access_token": TOKEN}),
        caller.post("/v1/channels", {**NEW, "surplus": TOKEN}),
        caller.get("/v1/channels"),
        caller.get("/api/settings/whatsapp"),
        caller.get("/api/whatsapp/config"),
        caller.get("/config/default"),
        caller.get("/debug/env"),
        caller.get("/api/v1/whatsapp/webhook/test"),
        caller.post(f"{path}/check"),
        caller.call("DELETE", path),
    ]
    told = "".join(f"{answer.text} {answer.headers}" for answer in answers)
    told += (
        str(audit(engine))
        + str(rows(engine, "SELECT * FROM channels"))
        + str(rows(engine, "SELECT * FROM app_secrets"))
    )
    told += "".join(capfd.readouterr())
    assert not [secret for planted in PLANTED for secret in (planted, planted[::-1]) if secret in told]


def test_pasted_tokens_lose_their_line_ends_and_blanks(caller: Caller, engine: Engine) -> None:
    caller.post(
        "/v1/channels", {**NEW, "access_token": f" {TOKEN[:9]}\r\n{TOKEN[9:]}\n", "phone_number_id": " 5550001 "}
    )
    assert stored_token(engine) == TOKEN


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"phone_number_id": "+1 829 555 0142"}, "/phone_number_id"),
        ({"phone_number_id": ""}, "/phone_number_id"),
        ({"waba_id": "abc"}, "/waba_id"),
        ({"access_token": "  "}, "/access_token"),
        ({"access_token": "tökén"}, "/access_token"),
        ({"access_token": "••••9xQ2"}, "/access_token"),
        ({"app_secret": "a" * 4_097}, "/app_secret"),
        ({"name": "a\u0007b"}, "/name"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field_that_is_wrong_and_nothing_is_stored(
    caller: Caller, engine: Engine, given: dict[str, str], pointer: str
) -> None:
    answer = caller.post("/v1/channels", {**NEW, **given})
    assert (answer.status_code, pointers(answer)) == (422, [pointer])
    assert rows(engine, "SELECT FROM channels WHERE phone_number_id = '5550001'") == []


def test_a_change_keeps_what_is_left_out_or_empty_and_tells_the_audit_log_which_fields(
    caller: Caller, engine: Engine
) -> None:
    path = f"/v1/channels/{caller.post('/v1/channels', NEW).json['id']}"
    changed = caller.call("PATCH", path, {"name": "Front desk", "access_token": "", "is_active": False}).json
    assert (changed["name"], changed["is_active"], changed["waba_id"]) == ("Front desk", False, "7770001")
    assert stored_token(engine) == TOKEN
    assert audit(engine)[-1].details == {"fields": ["is_active", "name"]}
    lines = len(audit(engine))
    assert caller.call("PATCH", path, {"name": "Front desk", "access_token": TOKEN}).status_code == 200
    assert len(audit(engine)) == lines, "what stays as it is is no change"


def test_a_new_token_lets_a_paused_channel_try_one_message(caller: Caller, engine: Engine) -> None:
    path = f"/v1/channels/{caller.post('/v1/channels', NEW).json['id']}"
    change(
        engine, "UPDATE channels SET paused_at = now(), paused_code = 190, paused_reason = 'x', token_is_valid = false"
    )
    shown = caller.call("PATCH", path, {"access_token": "EAAG-another"}).json
    assert (shown["paused"], shown["on_trial"], shown["token"]["is_valid"]) == (None, True, None)


def test_a_number_is_connected_once_by_a_tenant_and_by_nobody_else_once_it_is_proved(
    caller: Caller, other_caller: Caller, engine: Engine
) -> None:
    number = caller.post("/v1/channels", NEW).json["number"]
    assert number["is_proved"] is False
    assert "POST /v1/channels/{id}/check asks Meta again" in number["problem"]
    change(engine, "UPDATE channels SET number_unproved_since = NULL")
    for one in (caller, other_caller):
        answer = one.post("/v1/channels", NEW)
        assert (answer.status_code, answer.json["code"]) == (409, "number_taken")


def test_who_merely_types_a_number_in_does_not_keep_its_owner_from_connecting_it(
    caller: Caller, other_caller: Caller
) -> None:
    assert [one.post("/v1/channels", NEW).status_code for one in (caller, other_caller)] == [201, 201]


def test_another_account_is_to_be_proved_again(caller: Caller, engine: Engine) -> None:
    path = f"/v1/channels/{caller.post('/v1/channels', NEW).json['id']}"
    change(engine, "UPDATE channels SET number_unproved_since = NULL, waba_unproved_since = NULL")
    caller.patch(path, {"waba_id": "7770002"})
    [row] = rows(engine, "SELECT waba_unproved_since FROM channels WHERE phone_number_id = '5550001'")
    assert row.waba_unproved_since is not None


def test_disconnecting_erases_the_secrets_cancels_what_waits_and_frees_the_number(
    caller: Caller, other_caller: Caller, business: Business, engine: Engine
) -> None:
    message = caller.post("/v1/messages", TEXT).json["id"]
    path = f"/v1/channels/{business.channel_id}"
    caller.call("PATCH", path, {"app_secret": APP_SECRET})
    number = caller.get(path).json["phone_number_id"]
    change(engine, "UPDATE channels SET phone_number_id = '5550001' WHERE phone_number_id = :number", number=number)
    assert caller.call("DELETE", path).status_code == 204
    assert caller.get(path).status_code == caller.call("DELETE", path).status_code == 404
    assert caller.get(f"/v1/messages/{message}").json["status"] == "cancelled"
    erased = rows(engine, "SELECT access_token, verify_token FROM channels WHERE id = :id", id=business.channel_id)
    assert erased == [(None, None)]
    assert rows(engine, "SELECT secret FROM app_secrets") == [(None,)]
    assert caller.post("/v1/messages", TEXT).json["code"] == "channel_missing"
    assert other_caller.post("/v1/channels", NEW).status_code == 201


def test_a_number_that_comes_back_to_its_tenant_has_its_messages(caller: Caller, engine: Engine) -> None:
    first = caller.post("/v1/channels", NEW).json["id"]
    caller.call("DELETE", f"/v1/channels/{first}")
    again = caller.post("/v1/channels", {**NEW, "access_token": "EAAG-second"})
    assert (again.status_code, again.json["id"]) == (201, first)
    assert stored_token(engine) == "EAAG-second"


def test_a_dropped_app_secret_is_erased_and_the_others_stay(caller: Caller, engine: Engine) -> None:
    path = f"/v1/channels/{caller.post('/v1/channels', NEW).json['id']}"
    secrets = caller.call("PATCH", path, {"app_secret": "the-newer-app-secret"}).json["webhook"]["app_secrets"]
    assert len(secrets) == 2
    assert caller.call("DELETE", f"{path}/secrets/{secrets[1]['id']}").status_code == 204
    assert caller.call("DELETE", f"{path}/secrets/{secrets[1]['id']}").status_code == 404
    assert caller.get(path).json["webhook"]["app_secrets"] == secrets[:1]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/channels"),
        ("PATCH", "/v1/channels/x"),
        ("DELETE", "/v1/channels/x"),
        ("POST", "/v1/channels/x/check"),
        ("DELETE", "/v1/channels/x/secrets/x"),
        ("POST", "/api/settings/whatsapp"),
        ("POST", "/api/settings/whatsapp/test"),
        ("PUT", "/api/whatsapp/config"),
        ("POST", "/api/whatsapp/config"),
        ("PATCH", "/api/whatsapp/config"),
        ("DELETE", "/api/whatsapp/config"),
        ("GET", "/debug/env"),
    ],
)
def test_settings_need_the_scope_for_settings(
    app: APIFlask, business: Business, engine: Engine, method: str, path: str
) -> None:
    with engine.begin() as connection:
        key = add_key(connection, business.tenant_id, ("send", "read", "sessions"))
    assert Caller(app.test_client(), key).call(method, path, {}).status_code == 403


def test_without_an_encryption_key_changes_are_refused_with_one_clear_line(
    app: APIFlask, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    from web.api.services import EXTENSION

    monkeypatch.setattr(app.extensions[EXTENSION].settings, "whatsapp_encryption_key", ())
    answer = caller.post("/v1/channels", NEW)
    assert (answer.status_code, answer.json["code"]) == (503, "encryption_unavailable")
    assert "WHATSAPP_ENCRYPTION_KEY is not set" in answer.json["detail"]
