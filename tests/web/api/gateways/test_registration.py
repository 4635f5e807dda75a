"""Sessions are registered and removed (S3.25, S3.26, S3.49)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import Client

from db import sealed
from db.encryption import Keyring
from db.queries import gateway_sources
from settings import Settings
from tests.web.api.gateways.world import KEY, STATUS, Caller, register
from tests.web.api.world import Business, add_business, add_key
from web.api.app import create_api_app
from web.api.services import EXTENSION


def test_a_session_is_registered_and_its_secret_shown_this_once(admin: Caller) -> None:
    answer = register(admin, user_id="user-456")
    assert answer.status_code == 201, answer.json
    made = answer.json
    assert made["webhook_url"] == "https://paperboy.example.com/api/whatsapp/webhook/shop"
    assert len(made["secret"]) >= 32
    assert (made["proof"], made["status"], made["capabilities"]["templates"]) == ("hmac_sha512", "initial", False)
    again = admin("GET", "/v1/gateways/shop").text + admin("GET", "/v1/gateways").text
    assert made["secret"] not in again
    assert "never-shown-key" not in again + answer.text


def test_address_and_key_come_from_the_environment_where_a_registration_leaves_them_out(
    only_settings: Callable[..., None], database: str, engine: Engine, business: Business
) -> None:
    """S3.25, S3.26."""
    only_settings(
        DATABASE_URL=database,
        WHATSAPP_ENCRYPTION_KEY=KEY,
        WHATSAPP_SERVER_API="http://gateway.internal:3000/",
        WHATSAPP_API_KEY="key-of-the-environment",
    )
    app = create_api_app(Settings(_env_file=None))
    with engine.begin() as connection:
        admin = Caller(Client(app), add_key(connection, business.tenant_id, ("settings", "read")))
    answer = admin("POST", "/v1/gateways", {"kind": "waha", "session_id": "shop"})
    app.extensions[EXTENSION].database.close()
    assert (answer.status_code, answer.json["base_url"]) == (201, "http://gateway.internal:3000")
    with engine.connect() as connection:
        [source] = gateway_sources.by_channel(connection, [UUID(answer.json["id"])]).values()
    assert Keyring([KEY]).decrypt(source.api_key, sealed.ACCESS_TOKEN) == "key-of-the-environment"


def test_where_the_url_proves_the_origin_it_holds_the_secret(admin: Caller) -> None:
    made = register(admin, kind="wppconnect", secret="a-secret-for-the-url").json
    assert made["webhook_url"].endswith("/api/whatsapp/webhook/shop?secret=a-secret-for-the-url")


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"kind": "telegram"}, "/kind"),
        ({"name": "no spaces allowed"}, "/session_id"),
        ({"base_url": "ftp://gateway"}, "/base_url"),
        ({"base_url": None}, "/base_url"),
        ({"api_key": None}, "/api_key"),
        ({"proof": "jwt"}, "/proof"),
        ({"kind": "evolution", "secret": "twenty-characters-ok"}, "/secret"),
        ({"secret": "short"}, "/secret"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(admin: Caller, more: dict[str, Any], pointer: str) -> None:
    answer = register(admin, **more)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert admin("GET", "/v1/gateways").json["data"] == []


def test_a_name_is_registered_once_for_everybody(app: Any, engine: Engine, admin: Caller) -> None:
    register(admin)
    with engine.begin() as connection:
        other = add_business(connection, "other")
        key = add_key(connection, other.tenant_id, ("read", "settings"))
    theirs = Caller(Client(app), key)
    assert register(theirs).status_code == 409
    assert theirs("GET", "/v1/gateways/shop").status_code == 404
    assert theirs("GET", f"{STATUS}/shop").status_code == 404
    assert theirs("DELETE", "/v1/gateways/shop").status_code == 404


def test_only_keys_with_the_scope_settings_register_and_control(reader: Caller, admin: Caller) -> None:
    register(admin)
    assert register(reader, "another").status_code == 403
    for command in ("start", "stop", "restart", "log-out"):
        assert reader("POST", f"/v1/gateways/shop/{command}").status_code == 403


def test_a_removed_session_is_forgotten_and_its_name_free(admin: Caller, engine: Engine) -> None:
    register(admin)
    assert admin("DELETE", "/v1/gateways/shop").status_code == 204
    assert admin("GET", "/v1/gateways/shop").status_code == 404
    with engine.connect() as connection:
        left = connection.execute(text("SELECT access_token FROM channels WHERE phone_number_id = 'gateway:shop'"))
        assert left.scalars().all() == [None]
        assert connection.execute(text("SELECT count(*) FROM app_secrets WHERE secret IS NOT NULL")).scalar_one() == 0
    assert register(admin).status_code == 201


def test_a_plan_s_sessions_are_a_limit(admin: Caller, engine: Engine) -> None:
    """S3.49."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE tenants SET sessions_allowed = 1"))
    assert register(admin).status_code == 201
    refused = register(admin, "second")
    assert (refused.status_code, refused.json["code"]) == (403, "session_limit")
    assert admin("DELETE", "/v1/gateways/shop").status_code == 204
    assert register(admin, "second").status_code == 201
