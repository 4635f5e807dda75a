"""The receiver's answers, for each of its addresses."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import Client

from db.app_secrets import environment_id
from observability import request_id
from settings import Settings
from tests.rows import change, text_item, webhook
from web.prefix import behind_proxies
from web.webhooks.app import WEBHOOK_PATHS, create_webhook_app
from web.webhooks.body import MAX_BODY_BYTES
from web.webhooks.inbox import Inbox
from web.webhooks.signers import Signers
from whatsapp.signature import sign

NEW, OLD = "new-secret", "old-secret"
VERIFY = {"hub.mode": "subscribe", "hub.verify_token": "the-token", "hub.challenge": "1158201444"}
BODY = webhook(change(messages=[text_item(body="hol\u00e1")]))


def settings(**values: Any) -> Settings:
    given = {"WHATSAPP_VERIFY_TOKEN": "the-token", "whatsapp_app_secret": f"{NEW},{OLD}", **values}
    return Settings(_env_file=None, **given)


def receiver(inbox: Inbox, **values: Any) -> Flask:
    given = settings(**values)
    return create_webhook_app(given, inbox, Signers(given))


@pytest.fixture
def rings() -> list[str]:
    return []


@pytest.fixture
def inbox(database: str, rings: list[str]) -> Inbox:
    return Inbox(database, on_stored=lambda: rings.append("ingest"))


@pytest.fixture
def client(inbox: Inbox) -> FlaskClient:
    return receiver(inbox).test_client()


@pytest.fixture
def stored(database: str) -> Iterator[Any]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield lambda: connection.execute("SELECT body, app_secret_id FROM inbox").fetchall()


def post(client: Any, body: bytes = BODY, secret: str = NEW, path: str = "/webhook", **headers: str) -> Any:
    signed = {"X-Hub-Signature-256": sign(body, secret), "Content-Type": "application/json", **headers}
    return client.post(path, data=body, headers=signed)


@pytest.mark.parametrize("path", WEBHOOK_PATHS)
def test_verification_answers_the_challenge_and_nothing_else_S0_1_S1_5_S2_1_S4_1(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path, query_string=VERIFY)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "1158201444", "text/plain")


@pytest.mark.parametrize("path", WEBHOOK_PATHS)
@pytest.mark.parametrize("wrong", [{"hub.verify_token": "other"}, {"hub.mode": "unsubscribe"}])
def test_verification_with_a_wrong_token_or_mode_is_forbidden_S0_1_S2_1_S4_1(
    client: FlaskClient, path: str, wrong: dict[str, str]
) -> None:
    answer = client.get(path, query_string={**VERIFY, **wrong})
    assert answer.status_code == 403
    assert "Verification failed" in answer.text
    assert "the-token" not in answer.text


@pytest.mark.parametrize("missing", VERIFY)
def test_verification_without_a_parameter_is_a_bad_request_S4_1(client: FlaskClient, missing: str) -> None:
    given = {name: value for name, value in VERIFY.items() if name != missing}
    assert client.get("/webhook", query_string=given).status_code == 400


def test_verification_without_a_configured_token_is_refused_S0_10(inbox: Inbox) -> None:
    app = receiver(inbox, WHATSAPP_VERIFY_TOKEN="", graph_api_url="https://graph.example")
    assert app.test_client().get("/webhook", query_string=VERIFY).status_code == 403


@pytest.mark.parametrize(("path", "text"), WEBHOOK_PATHS.items())
def test_a_signed_webhook_is_stored_byte_for_byte_before_200_S0_2_S1_6_S2_1_S4_2(
    client: FlaskClient, stored: Any, path: str, text: str
) -> None:
    answer = post(client, path=path)
    assert (answer.status_code, answer.text) == (200, text)
    assert stored() == [(BODY, environment_id(NEW))]


def test_each_of_several_secrets_is_accepted_while_rotating(client: FlaskClient, stored: Any) -> None:
    assert post(client, secret=OLD).status_code == 200
    assert stored() == [(BODY, environment_id(OLD))]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Signature-256": sign(BODY, "wrong")},
        {"X-Hub-Signature-256": sign(BODY, NEW).upper()},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature": "sha1=" + "0" * 40},
        {},
    ],
)
def test_a_wrong_or_missing_signature_is_401_with_an_empty_body_and_stores_nothing_S2_1(
    client: FlaskClient, stored: Any, headers: dict[str, str]
) -> None:
    answer = client.post("/webhook", data=BODY, headers=headers)
    assert (answer.status_code, answer.data) == (401, b"")
    assert stored() == []


@pytest.mark.parametrize("secret", ["", "development-app-secret"])
def test_without_a_usable_secret_nothing_is_accepted_S1_1_S1_2_S1_19(inbox: Inbox, stored: Any, secret: str) -> None:
    app = receiver(inbox, whatsapp_app_secret=secret, graph_api_url="https://graph.example")
    assert post(app.test_client(), secret=secret).status_code == 503
    assert stored() == []


def test_unsigned_webhooks_need_an_explicit_switch_and_are_marked_S1_18(inbox: Inbox, stored: Any) -> None:
    app = receiver(inbox, allow_unsigned_webhooks=True)
    assert app.test_client().post("/webhook", data=BODY).status_code == 200
    assert stored() == [(BODY, None)]


def test_a_line_about_a_webhook_does_not_carry_the_id_of_the_threads_request_before(client: FlaskClient) -> None:
    for ask in (lambda: client.post("/webhook", data=BODY), lambda: client.get("/webhook")):
        request_id.begin("of-another-request")
        ask()
        assert request_id.current() == ""


def test_a_body_of_three_megabytes_is_stored(client: FlaskClient, stored: Any) -> None:
    body = b'{"padding":"' + b"x" * (MAX_BODY_BYTES - 14) + b'"}'
    assert len(body) == MAX_BODY_BYTES
    assert post(client, body).status_code == 200
    assert stored()[0][0] == body


def test_a_larger_body_is_413_and_stores_nothing(client: FlaskClient, stored: Any) -> None:
    assert post(client, b"x" * (MAX_BODY_BYTES + 1)).status_code == 413
    assert stored() == []


def test_a_larger_body_in_chunks_is_413_and_stores_nothing(client: FlaskClient, stored: Any) -> None:
    body = b"x" * (MAX_BODY_BYTES + 1)
    headers = {"X-Hub-Signature-256": sign(body, NEW), "Transfer-Encoding": "chunked"}
    environ = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    assert client.post("/webhook", headers=headers, environ_overrides=environ).status_code == 413
    assert stored() == []


def test_a_body_shorter_than_announced_is_not_taken_for_a_forgery(client: FlaskClient, stored: Any) -> None:
    with capture_logs() as lines:
        answer = client.post("/webhook", data=BODY, environ_overrides={"CONTENT_LENGTH": str(len(BODY) + 1)})
    assert (answer.status_code, answer.data, lines) == (400, b"", [])
    assert stored() == []


SECURE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
ANSWERS: list[tuple[int, Callable[[FlaskClient], Any]]] = [
    (200, post),
    (200, lambda client: client.get("/webhook", query_string=VERIFY)),
    (400, lambda client: client.get("/webhook")),
    (401, lambda client: client.post("/webhook", data=BODY)),
    (403, lambda client: client.get("/webhook", query_string={**VERIFY, "hub.verify_token": "other"})),
    (404, lambda client: client.get("/elsewhere")),
    (405, lambda client: client.put("/webhook", data=BODY)),
    (405, lambda client: client.options("/api/whatsapp/webhook")),
    (413, lambda client: client.post("/webhook", environ_overrides={"CONTENT_LENGTH": str(MAX_BODY_BYTES + 1)})),
]


@pytest.mark.parametrize(("status", "ask"), ANSWERS)
def test_every_answer_has_the_security_headers_once(client: FlaskClient, status: int, ask: Any) -> None:
    answer = ask(client)
    assert answer.status_code == status
    assert {name: answer.headers.getlist(name) for name in SECURE} == {name: [SECURE[name]] for name in SECURE}
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize(("status", "ask"), ANSWERS)
def test_under_https_browsers_are_told_to_stay_there(inbox: Inbox, status: int, ask: Any) -> None:
    given = settings(public_url="https://paperboy.example")
    answer = ask(create_webhook_app(given, inbox, Signers(given)).test_client())
    assert (answer.status_code, answer.headers["Strict-Transport-Security"][:8]) == (status, "max-age=")


def test_while_nothing_can_be_stored_the_answer_is_secured_too() -> None:
    inbox = Inbox("postgresql://nobody@127.0.0.1:1/nothing", on_stored=lambda: None)
    answer = post(create_webhook_app(settings(), inbox, Signers(settings())).test_client())
    assert (answer.status_code, answer.data, answer.headers["X-Content-Type-Options"]) == (503, b"", "nosniff")


@pytest.mark.parametrize(("status", "ask"), [one for one in ANSWERS if one[0] in (401, 404, 405, 413)])
def test_a_refusal_is_empty_and_no_page(client: FlaskClient, status: int, ask: Any) -> None:
    answer = ask(client)
    assert (answer.status_code, answer.data, answer.headers.get("Content-Type")) == (status, b"", None)
    assert status != 405 or set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_what_is_authentic_but_unknown_is_accepted(client: FlaskClient, stored: Any) -> None:
    assert post(client, b"\xff\x00 no json").status_code == 200
    assert len(stored()) == 1


def test_every_stored_webhook_rings_and_a_refused_one_does_not(client: FlaskClient, rings: list[str]) -> None:
    client.post("/webhook", data=BODY)
    assert rings == []
    post(client)
    assert rings == ["ingest"]


@pytest.mark.parametrize("path", ["/webhook", "/prefix/webhook"])
@pytest.mark.parametrize("route", WEBHOOK_PATHS)
def test_the_receiver_works_behind_any_prefix_S4_29(inbox: Inbox, path: str, route: str) -> None:
    client = Client(behind_proxies(receiver(inbox), hops=1))
    address = path.replace("/webhook", route)
    answer = client.get(address, query_string=VERIFY, headers={"X-Forwarded-Prefix": "/prefix"})
    assert (answer.status_code, answer.text) == (200, "1158201444")


def test_the_receiver_works_where_the_server_sets_script_name_S4_29(inbox: Inbox) -> None:
    client = Client(behind_proxies(receiver(inbox), hops=0))
    answer = client.get("/webhook", base_url="https://host/some/prefix", query_string=VERIFY)
    assert answer.text == "1158201444"


def test_a_forwarded_prefix_is_ignored_when_no_proxy_is_trusted(inbox: Inbox) -> None:
    client = Client(behind_proxies(receiver(inbox), hops=0))
    answer = client.get("/prefix/webhook", query_string=VERIFY, headers={"X-Forwarded-Prefix": "/prefix"})
    assert answer.status_code == 404
