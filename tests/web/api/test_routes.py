"""What must not be forgotten when a route is added."""

import pytest
from apiflask import APIFlask

from settings import Settings
from web.api.app import create_api_app
from web.api.openapi import PUBLIC

PUBLIC_ENDPOINTS = {
    "static",
    "docs.docs",
    "docs.openapi",
    "health.live",
    "health.ready",
    "health.founding_health",
    "health.founding_health_v2",
}
UNDESCRIBED = {"static", "docs.docs", "docs.openapi"}
"""Pages and the description itself."""
FOUNDING = {
    "POST /send-invoice",
    "POST /send-message",
    "POST /send-template",
    "GET /message-status/{message_id}",
    "GET /message-statuses",
}
CONTRACT = {
    "POST /v1/messages",
    "GET /v1/messages",
    "GET /v1/messages/{reference}",
    "POST /v1/messages/{reference}/cancel",
    "POST /v1/messages/{reference}/resend",
    "POST /v1/invoices",
    "GET /v1/invoices/{reference}",
    "POST /v1/quotes",
    "GET /v1/quotes/{reference}",
    "GET /v1/events",
    "POST /v1/events/{event_id}/replay",
    "GET /health/live",
    "GET /health/ready",
    "GET /health",
}


@pytest.fixture(scope="module")
def app() -> APIFlask:
    return create_api_app(
        Settings(_env_file=None, database_url="postgresql://nobody@127.0.0.1:1/nothing", api_rate_limit="100000/second")
    )


def described(app: APIFlask) -> set[str]:
    return {f"{method.upper()} {path}" for path, operations in app.spec["paths"].items() for method in operations}


def test_every_route_needs_a_key_or_stands_on_the_short_public_list(app: APIFlask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC_ENDPOINTS:
            continue
        for method in rule.methods - {"OPTIONS"}:
            path = rule.rule.replace("<", "").replace(">", "").replace("path:", "")
            answer = app.test_client().open(path, method=method)
            assert answer.status_code == 401, f"{method} {rule.rule}"


def test_every_route_is_described(app: APIFlask) -> None:
    wanted = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in UNDESCRIBED:
            path = rule.rule.replace("<path:", "{").replace("<", "{").replace(">", "}")
            wanted |= {f"{method} {path}" for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert described(app) == wanted


def test_the_contracts_routes_are_there_and_the_founding_ones_under_both_prefixes_s4_43(app: APIFlask) -> None:
    prefixed = {one.replace(" /", " /api/v2/whatsapp/") for one in (*FOUNDING, "GET /health")}
    assert described(app) >= CONTRACT | FOUNDING | prefixed


def test_the_description_says_which_routes_need_no_key(app: APIFlask) -> None:
    for path, operations in app.spec["paths"].items():
        for operation in operations.values():
            assert operation["security"] == ([] if path in PUBLIC else [{"apiKey": []}])
