"""Every error is a problem (RFC 9457), whatever went wrong."""

import time

import pytest
from apiflask import APIFlask
from flask import Response

from settings import Settings
from tests.web.api.requests import INVOICE, PHONE, TEXT
from tests.web.api.world import Business, Caller
from web.api.app import MAX_BODY_BYTES, create_api_app
from web.api.services import EXTENSION

JSON = {"content_type": "application/json"}


def test_a_problem_has_its_members(caller: Caller) -> None:
    answer = caller.get("/v1/nothing", headers={"X-Request-Id": "mine-1"})
    assert answer.content_type == "application/problem+json"
    assert answer.json == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "not_found",
        "detail": "There is nothing at this address.",
        "request_id": "mine-1",
    }


def test_each_http_error_is_a_problem(caller: Caller) -> None:
    cases = {
        404: caller.get("/"),
        405: caller.post("/v1/events", {}),
        400: caller.post("/v1/messages", data=b"{", **JSON),
        415: caller.post("/v1/messages", data=b"to=1", content_type="application/x-www-form-urlencoded"),
        413: caller.post("/v1/messages", data=b" " * (MAX_BODY_BYTES + 1), **JSON),
    }
    for status, answer in cases.items():
        assert (answer.status_code, answer.json["status"]) == (status, status)
        assert answer.content_type == "application/problem+json"
        assert answer.json["code"]
        assert answer.json["detail"]
    assert "POST" not in cases[405].headers["Allow"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b'{"to": "\xff"}', b'{"to": "\\ud800"}', b"[" * 100_000, b'{"to": 1,}']
)
def test_a_body_that_is_no_json_is_400(caller: Caller, body: bytes) -> None:
    answer = caller.post("/v1/messages", data=body, **JSON)
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_json")


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1", b"NaN"])
def test_json_that_is_no_object_is_422(caller: Caller, body: bytes) -> None:
    assert caller.post("/v1/messages", data=body, **JSON).status_code == 422


def test_a_refusal_repeats_nothing_of_the_body(caller: Caller) -> None:
    secret = "+1809555999912345"
    answer = caller.post("/v1/messages", {"to": secret, "text": {"body": 5}, "template": secret})
    assert answer.status_code == 422
    assert secret not in answer.text


def test_the_request_id_is_returned_and_a_strange_one_replaced(caller: Caller) -> None:
    assert caller.get("/health/live", headers={"X-Request-Id": "a.b-C_1"}).headers["X-Request-Id"] == "a.b-C_1"
    for strange in ("a b", "x" * 65, "<script>", ""):
        given = caller.get("/health/live", headers={"X-Request-Id": strange}).headers["X-Request-Id"]
        assert given != strange
        assert len(given) == 32


def test_every_answer_has_the_security_headers(caller: Caller) -> None:
    for path in ("/v1/messages", "/v1/nothing", "/health/live", "/docs", "/openapi.json", "/static/docs/start.js"):
        with caller.get(path) as answer:
            headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in headers
    secure = caller.get("/health/live", base_url="https://localhost").headers
    assert "max-age" in secure["Strict-Transport-Security"]


def test_a_fault_of_ours_is_500_and_tells_nothing_of_it(app: APIFlask, caller: Caller) -> None:
    def broken() -> Response:
        raise RuntimeError("secret detail")

    app.add_url_rule("/v1/broken", "broken", broken)
    answer = caller.get("/v1/broken")
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


@pytest.fixture
def homeless() -> Caller:
    """A caller of an API whose Postgres does not answer."""
    app = create_api_app(Settings(_env_file=None, database_url="postgresql://nobody@127.0.0.1:1/nothing"))
    return Caller(app.test_client(), "pbk_any")


def test_without_postgres_the_answer_is_503_within_two_seconds(homeless: Caller) -> None:
    for ask in (lambda: homeless.get("/v1/messages"), lambda: homeless.post("/v1/invoices", INVOICE)):
        begun = time.monotonic()
        answer = ask()
        assert time.monotonic() - begun < 2
        assert (answer.status_code, answer.json["code"]) == (503, "database_unavailable")
        assert answer.headers["Retry-After"] == "5"
    assert homeless.get("/message-statuses").json["success"] is False


def test_connections_that_postgres_closed_are_replaced_unnoticed(caller: Caller, engine, business: Business) -> None:
    assert caller.post("/v1/messages", TEXT).status_code == 202
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = 'paperboy api' AND datname = current_database()"
        )
    assert caller.post("/v1/messages", {**TEXT, "to": PHONE}).status_code == 202


def test_a_row_that_is_locked_for_long_is_503_not_a_hang(caller: Caller, engine, business: Business) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1 FROM outbox FOR UPDATE")
        answer = caller.post(f"/v1/messages/{message_id}/cancel")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_the_pool_gives_up_within_two_seconds(app: APIFlask, caller: Caller) -> None:
    caller.get("/v1/messages")
    database = app.extensions[EXTENSION].database
    held = [database._engine.connect() for _ in range(10)]
    begun = time.monotonic()
    answer = caller.get("/v1/messages")
    for connection in held:
        connection.close()
    assert (answer.status_code, time.monotonic() - begun < 2) == (503, True)
