"""The founding systems' settings keep their addresses and shapes (S0.3–S0.5, S1.7, S2.3–S2.5, S4.16–S4.18)."""

from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine

from db import sealed
from db.encryption import Keyring
from tests.web.api.conftest import KEY
from tests.web.api.world import Business, Caller, add_business, rows

TOKEN = "EAAG-planted-access-token-9xQ2"
S0 = {
    "phoneNumberId": "5550001",
    "businessAccountId": "7770001",
    "accessToken": TOKEN,
    "webhookVerifyToken": "my-verify-token-of-s0",
}
S2 = {"phoneNumberId": "5550001", "displayPhoneNumber": "+1 829-555-0142", "accessToken": TOKEN, "isActive": True}


@pytest.fixture
def fresh(app: APIFlask, engine: Engine) -> Caller:
    """A tenant without a channel."""
    with engine.begin() as connection:
        return Caller(app.test_client(), add_business(connection, "fresh", channel=False).key)


def connected(engine: Engine) -> list[Any]:
    return [
        (row.phone_number_id, Keyring([KEY]).decrypt(row.access_token, sealed.ACCESS_TOKEN))
        for row in rows(engine, "SELECT * FROM channels WHERE disconnected_at IS NULL ORDER BY id")
    ]


def test_s0_3_and_s0_4_what_is_saved_is_shown_with_its_secrets_masked(fresh: Caller, engine: Engine) -> None:
    nothing = fresh.get("/api/settings/whatsapp").json
    assert (nothing["phoneNumberId"], nothing["has_access_token"], nothing["source"]) == (None, False, None)
    saved = fresh.post("/api/settings/whatsapp", S0).json
    assert (saved["success"], saved["message"]) == (True, "Configuration saved.")
    shown = fresh.get("/api/settings/whatsapp").json
    assert (shown["phoneNumberId"], shown["businessAccountId"]) == ("5550001", "7770001")
    assert (shown["accessToken"], shown["webhookVerifyToken"]) == ("••••9xQ2", "••••f-s0")
    assert (shown["has_access_token"], shown["source"]) == (True, "db")
    assert connected(engine) == [("5550001", TOKEN)]


@pytest.mark.parametrize("empty", ["", None, "  \r\n"])
def test_an_empty_token_keeps_the_current_one_s2_4(fresh: Caller, engine: Engine, empty: str | None) -> None:
    fresh.call("PUT", "/api/whatsapp/config", S2)
    for method, path in (("PUT", "/api/whatsapp/config"), ("POST", "/api/settings/whatsapp")):
        assert fresh.call(method, path, {**S2, "accessToken": empty}).status_code == 200
    assert connected(engine) == [("5550001", TOKEN)]


def test_another_number_replaces_the_first_and_keeps_its_token(fresh: Caller, engine: Engine) -> None:
    fresh.post("/api/settings/whatsapp", S0)
    fresh.post("/api/settings/whatsapp", {"phoneNumberId": "5550002", "accessToken": ""})
    assert connected(engine) == [("5550002", TOKEN)]


def test_s2_3_to_s2_5_the_configuration_comes_changes_and_goes(fresh: Caller) -> None:
    path = "/api/whatsapp/config"
    assert fresh.get(path).json == {"configured": False, "config": None}
    assert fresh.call("PUT", path, S2).json == {"ok": True}
    config = fresh.get(path).json["config"]
    assert set(config) == {"phoneNumberId", "displayPhoneNumber", "isActive", "createdAt", "updatedAt"}
    assert (config["phoneNumberId"], config["displayPhoneNumber"], config["isActive"]) == (
        "5550001",
        "+1 829-555-0142",
        True,
    )
    for method in ("POST", "PATCH"):
        assert fresh.call(method, path, {"isActive": method == "POST"}).json == {"ok": True}
    assert fresh.get(path).json["config"]["isActive"] is False
    assert [fresh.call("DELETE", path).json for _ in range(2)] == [{"ok": True}] * 2
    assert fresh.get(path).json == {"configured": False, "config": None}


def test_s2_tells_refused_input_in_its_own_shape(fresh: Caller, app: APIFlask) -> None:
    answer = fresh.call("PUT", "/api/whatsapp/config", {"phoneNumberId": "5550001"})
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "VALIDATION_ERROR"
    assert "access token is missing" in answer.json["error"]["message"]
    refused = app.test_client().get("/api/whatsapp/config")
    assert (refused.status_code, refused.json["error"]["code"]) == (401, "UNAUTHORIZED")


def test_s0_tells_what_its_page_shows(fresh: Caller) -> None:
    answer = fresh.post("/api/settings/whatsapp", {**S0, "phoneNumberId": "+1 829"})
    assert (answer.status_code, answer.json["success"]) == (422, False)
    assert answer.json["message"] == answer.json["error"]
    assert answer.json["errors"][0]["pointer"] == "/phoneNumberId"


def test_s0_5_without_a_configuration_there_is_nothing_to_test(fresh: Caller) -> None:
    answer = fresh.post("/api/settings/whatsapp/test")
    assert (answer.status_code, answer.json["success"]) == (400, False)


def test_s0_5_a_meta_that_cannot_be_reached_is_said_so_and_what_to_do(fresh: Caller) -> None:
    fresh.post("/api/settings/whatsapp", S0)
    answer = fresh.post("/api/settings/whatsapp/test").json
    token = answer["checks"][0]
    assert (token["name"], token["state"]) == ("token", "unknown")
    assert "could not be reached" in token["detail"]
    assert token["advice"]


def test_s1_7_the_webhook_tests_itself(fresh: Caller) -> None:
    fresh.post("/api/settings/whatsapp", S0)
    told = fresh.get("/api/v1/whatsapp/webhook/test").json
    assert (told["verify_token_set"], told["secret_set"], told["last_event_at"]) == (True, True, None)
    assert told["url"].endswith("/webhook")


@pytest.mark.parametrize("prefix", ["", "/api/v2/whatsapp"])
def test_s4_16_a_tenant_sees_its_own_configuration_without_secrets(
    caller: Caller, fresh: Caller, business: Business, prefix: str
) -> None:
    fresh.post("/api/settings/whatsapp", S0)
    told = fresh.get(f"{prefix}/config/fresh").json
    assert (told["success"], told["enabled"], told["source"], told["phoneNumberId"]) == (True, True, "db", "5550001")
    assert told["templates"]["invoice"] == "invoice"
    for other in ("default", str(business.tenant_id), "nobody"):
        answer = fresh.get(f"{prefix}/config/{other}")
        assert (answer.status_code, answer.json["success"]) == (404, False)


@pytest.mark.parametrize("prefix", ["", "/api/v2/whatsapp"])
def test_s4_18_debug_tells_yes_or_no_and_nothing_else(caller: Caller, prefix: str) -> None:
    told = caller.get(f"{prefix}/debug/env").json["environment"]
    assert told["WHATSAPP_ENCRYPTION_KEY"] is True
    assert {type(value) for value in told.values()} == {bool}
