"""The whole application from outside: headers, hosts, redirects, forms, throttles and limits on every surface at once."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from werkzeug.test import Client, TestResponse

from db.changes import people
from db.changes.channels import ChannelSettings, Wanted
from db.encryption import Keyring
from db.passwords import hashed
from settings import Settings
from tests.db.conftest import new_encryption_key
from tests.web.api.requests import USER
from tests.web.api.world import Business, add_business
from tests.web.people.browser import TOKEN
from web.application import create_app
from web.people.throttle import MOST_OF_A_LOGIN

PASSWORD = "a long enough password"
KEY = new_encryption_key()
EVIL = "evil.example"
SURFACES = (
    "/login",
    "/account",
    "/docs",
    "/openapi.json",
    "/v1/messages",
    "/health/live",
    "/message-statuses",
    "/nothing",
)


@pytest.fixture
def business(engine: Engine) -> Business:
    with engine.begin() as connection:
        made = add_business(connection, "default", channel=False)
        wanted = Wanted(phone_number_id="5550001", access_token="EAAG")
        channels = ChannelSettings(connection, Keyring([KEY]), made.tenant_id, "test", is_vouched_for=True)
        channels.connect(wanted)
        people.create(
            connection, made.tenant_id, actor="test", login="ana", name="Ana", role="owner",
            password_hash=hashed(PASSWORD),
        )  # fmt: skip
    return made


@pytest.fixture
def make(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Make the whole application, as Granian serves it."""
    made: list[Any] = []

    def database_of(url: str) -> Any:
        from web.api.database import Database

        made.append(Database(url))
        return made[-1]

    monkeypatch.setattr("web.api.services.Database", database_of)

    def whole(**given: Any) -> Client:
        values = {
            "database_url": database,
            "broker_url": "redis://127.0.0.1:1/0",
            "whatsapp_encryption_key": KEY,
            "public_url": "https://paperboy.example",
            **given,
        }
        return Client(create_app(Settings(_env_file=None, **values)))

    yield whole
    for one in made:
        one.close()


def token_of(answer: TestResponse) -> str:
    found = TOKEN.search(answer.text)
    assert found is not None
    return found[1]


def log_in(client: Client, password: str = PASSWORD, address: str = "/login", **options: Any) -> TestResponse:
    fields = {"login": "ana", "password": password, "csrf_token": token_of(client.get(address, **options))}
    return client.post(address, data=fields, **options)


def bearer(business: Business) -> dict[str, str]:
    return {"Authorization": f"Bearer {business.key}"}


@pytest.mark.parametrize("path", SURFACES)
def test_no_answer_can_be_framed_sniffed_or_sent_on_as_a_referrer(make: Any, business: Business, path: str) -> None:
    headers = make().get(path, headers=bearer(business)).headers
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http:" not in policy.replace("http://localhost", "")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": EVIL},
        {"X-Forwarded-Host": EVIL},
        {"Host": EVIL, "X-Forwarded-Proto": "http"},
        {"Forwarded": f"host={EVIL}"},
    ],
)
def test_addresses_come_from_public_url_and_never_from_a_host_header(
    make: Any, business: Business, headers: dict[str, str]
) -> None:
    client, sent = make(), {**headers, **bearer(business)}
    invited = client.post("/v1/users", json={**USER, "login": "eva"}, headers=sent)
    assert invited.json["invitation"]["url"].startswith("https://paperboy.example/invitation/")
    for path in ("/v1/channels", "/api/settings/whatsapp", "/api/v1/whatsapp/webhook/test"):
        answer = client.get(path, headers=sent)
        assert "https://paperboy.example/webhook" in answer.text, path
    for path in (*SURFACES, "/", "/account?x=1"):
        answer = client.get(path, headers=sent)
        assert EVIL not in answer.text, path
        location = answer.headers.get("Location", "/")
        assert location.startswith("/"), f"{path}: {location}"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/%5Cevil.example/../",
        "javascript:alert(1)",
        "/\t/evil.example",
    ],
)
def test_no_login_sends_on_to_another_host(make: Any, business: Business, target: str) -> None:
    client = make()
    fields = {"login": "ana", "password": PASSWORD, "next": target, "csrf_token": token_of(client.get("/login"))}
    answer = client.post("/login", data=fields, query_string={"next": target})
    location = answer.headers["Location"]
    assert answer.status_code == 303
    assert location.startswith("/")
    assert location[1:2] not in ("/", "\\")


def test_a_form_without_its_token_changes_nothing_and_a_key_is_no_way_around(make: Any, business: Business) -> None:
    client = make()
    assert log_in(client).status_code == 303
    for path in ("/logout", "/account/password", "/account/sessions/end"):
        assert client.post(path, headers=bearer(business)).status_code == 400
    assert client.get("/account").status_code == 200


def test_the_cookie_is_secure_in_production_and_never_for_scripts_or_other_sites(make: Any, business: Business) -> None:
    production = {"env": "production", "whatsapp_access_token": "t", "whatsapp_app_secret": "s" * 32}
    for given, is_secure in ((production, True), ({}, False)):
        cookies = log_in(make(**given), base_url="https://paperboy.example").headers.getlist("Set-Cookie")
        assert cookies
        for cookie in cookies:
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            assert ("Secure" in cookie) is is_secure


def test_guessing_a_password_is_throttled_in_every_process_alike(make: Any, business: Business) -> None:
    first, second = make(), make()
    answers = [log_in(one, "wrong password").status_code for one in [first, second] * (MOST_OF_A_LOGIN // 2)]
    assert set(answers) == {401}
    for client in (first, second):
        refused = log_in(client)
        assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)


def test_a_forged_forwarded_address_is_no_way_around_the_throttle_without_trusted_proxies(
    make: Any, business: Business
) -> None:
    client = make(trusted_proxies=0)
    codes = [
        log_in(client, "wrong password", headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(MOST_OF_A_LOGIN + 1)
    ]
    assert codes[-1] == 429


def test_api_calls_are_limited_by_key_and_wrong_keys_by_address_and_webhooks_never(
    make: Any, business: Business
) -> None:
    client = make(api_rate_limit="3/minute", whatsapp_app_secret="secret", WHATSAPP_VERIFY_TOKEN="v")
    assert [client.get("/v1/messages", headers=bearer(business)).status_code for _ in range(4)] == [200] * 3 + [429]
    wrong = {"Authorization": "Bearer pbk_wrong"}
    assert [client.get("/v1/keys", headers=wrong).status_code for _ in range(4)][-1] == 429
    assert {client.post("/webhook", data=b"{}").status_code for _ in range(20)} == {401}
    assert {client.get("/health/live").status_code for _ in range(20)} == {200}
