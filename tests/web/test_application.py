"""The whole web application: every alias behind every prefix."""

from collections.abc import Iterator

import pytest
from flask import Flask
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from structlog.testing import capture_logs
from werkzeug.test import Client

from settings import Settings
from tests.db.conftest import new_encryption_key
from tests.web.api.test_routes import UNDESCRIBED
from web.api.app import create_api_app
from web.application import WsgiApp, create_app
from web.metrics import blueprint as metrics_blueprint
from web.webhooks.app import WEBHOOK_PATHS, create_webhook_app
from web.webhooks.inbox import Inbox
from web.webhooks.signers import Signers

KEY = new_encryption_key()
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
VERIFY = {"hub.mode": "subscribe", "hub.verify_token": "the-token", "hub.challenge": "1158201444"}
PREFIXES = ["", "/pb", "/api", "/v1", "/webhook", "/api/v1", "/api/v2", "/api/v2/whatsapp", "/api/webhook", "/docs"]
ROUTES = ["/v1/messages", "/v1/invoices/A-1", "/api/v2/whatsapp/message-statuses", "/message-statuses"]


def whole(**settings: object) -> WsgiApp:
    given = {"WHATSAPP_VERIFY_TOKEN": "the-token", "database_url": NOWHERE, "whatsapp_encryption_key": KEY, **settings}
    return create_app(Settings(_env_file=None, **given))


def routes(app: Flask) -> set[str]:
    return {
        f"{method} {rule.rule.replace('<path:', '{').replace('<uuid:', '{').replace('<', '{').replace('>', '}')}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in UNDESCRIBED
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_route_of_the_whole_application_is_described(client: Client) -> None:
    settings = Settings(_env_file=None, database_url=NOWHERE, whatsapp_encryption_key=KEY)
    api = create_api_app(settings)
    api.register_blueprint(metrics_blueprint)
    receiver = create_webhook_app(settings, Inbox(NOWHERE, on_stored=lambda: None), Signers(settings))
    description = client.get("/openapi.json").json
    OPENAPI_31_VALIDATOR.validate(description)
    told = {f"{method.upper()} {path}" for path, item in description["paths"].items() for method in item}
    assert told == routes(api) | routes(receiver)
    names = [one["operationId"] for item in description["paths"].values() for one in item.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", WEBHOOK_PATHS)
def test_a_webhook_answers_as_it_is_described(client: Client, path: str) -> None:
    item = client.get("/openapi.json").json["paths"][path]
    for method, operation in item.items():
        answer = client.open(path, method=method, data=b"{}" if method == "post" else None)
        assert str(answer.status_code) in operation["responses"]
        assert operation["security"] == []
        assert answer.status_code != 404


PRODUCTION = {"env": "production", "whatsapp_access_token": "a token"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"whatsapp_app_secret": "your-app-secret"}, ["WHATSAPP_APP_SECRET"]),
        ({"whatsapp_app_secret": "real", "WHATSAPP_VERIFY_TOKEN": ""}, ["WHATSAPP_VERIFY_TOKEN"]),
        ({"WHATSAPP_VERIFY_TOKEN": ""}, ["WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"]),
        ({"whatsapp_app_secret": "real"}, []),
    ],
)
def test_a_start_without_what_webhooks_need_is_one_clear_error_s1_1(given: dict[str, str], named: list[str]) -> None:
    with capture_logs() as lines:
        whole(**PRODUCTION, **given)
    errors = [line["reason"] for line in lines if line["log_level"] == "error"]
    assert len(errors) == bool(named)
    assert all(name in errors[0] for name in named)


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(whole())


def cases() -> Iterator[tuple[str, str, str]]:
    for prefix in PREFIXES:
        for path in (*WEBHOOK_PATHS, *ROUTES):
            yield prefix, path, path
            yield prefix, path, f"{prefix}{path}"


def test_every_address_is_reached_behind_every_prefix_cut_or_whole_s4_29(client: Client) -> None:
    for prefix, path, sent in cases():
        answer = client.get(sent, query_string=VERIFY, headers={"X-Forwarded-Prefix": prefix})
        expected = (200, "1158201444") if path in WEBHOOK_PATHS else (401, answer.text)
        assert (answer.status_code, answer.text) == expected, (prefix, sent)


def test_an_unknown_path_behind_a_prefix_is_not_found(client: Client) -> None:
    assert client.get("/pb/nothing", headers={"X-Forwarded-Prefix": "/pb"}).status_code == 404


@pytest.mark.parametrize("prefix", ["/some/prefix", "some/prefix/"])
def test_script_name_of_the_environment_is_the_prefix_s4_29(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv("SCRIPT_NAME", prefix)
    client = Client(whole(trusted_proxies=0))
    for path in WEBHOOK_PATHS:
        for sent in (path, f"/some/prefix{path}"):
            answer = client.get(sent, query_string=VERIFY, environ_overrides={"SCRIPT_NAME": "", "PATH_INFO": sent})
            assert (answer.status_code, answer.text) == (200, "1158201444"), sent
    sent = {"SCRIPT_NAME": "", "PATH_INFO": "/some/prefix/openapi.json"}
    description = client.get("/some/prefix/openapi.json", environ_overrides=sent)
    assert (description.status_code, description.json["servers"]) == (200, [{"url": "/some/prefix"}])
