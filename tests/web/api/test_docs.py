"""/openapi.json and /docs: complete, and without any outside host."""

import re
from pathlib import Path

from tests.web.api.world import Caller

VENDOR = Path(__file__).parents[3] / "web" / "static" / "vendor" / "swagger-ui"
ADDRESS = re.compile(r"https?://[^\s\"'<>)]+")


def test_the_page_loads_everything_from_here(caller: Caller) -> None:
    page = caller.client.get("/docs")
    assert page.content_type == "text/html; charset=utf-8"
    assert ADDRESS.findall(page.text) == []
    sources = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(sources) >= 4
    for source in sources:
        with caller.client.get(source) as answer:
            assert answer.status_code == 200, source


def test_nothing_but_our_own_scripts_runs(caller: Caller) -> None:
    policy = caller.client.get("/docs").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "connect-src 'self'" in policy
    assert "<script>" not in caller.client.get("/docs").text


def test_behind_a_prefix_every_address_has_it(caller: Caller) -> None:
    prefixed = {"environ_overrides": {"SCRIPT_NAME": '/pa"per'}}
    page = caller.client.get("/docs", **prefixed).text
    assert 'src="/pa&quot;per/static/' in page
    assert caller.client.get("/openapi.json", **prefixed).json["servers"] == [{"url": '/pa"per'}]
    assert caller.client.get("/openapi.json").json["servers"] == [{"url": "/"}]


def test_an_accepted_message_is_located_behind_the_prefix(caller: Caller) -> None:
    body = {"to": "+18095551234", "text": {"body": "x"}}
    answer = caller.post("/v1/messages", body, environ_overrides={"SCRIPT_NAME": "/paper"})
    assert answer.headers["Location"] == f"/paper/v1/messages/{answer.json['id']}"


def test_the_vendored_files_carry_their_licence() -> None:
    assert "Apache License" in (VENDOR / "LICENSE").read_text()
    assert {path.name for path in VENDOR.iterdir()} >= {"swagger-ui.css", "swagger-ui-bundle.js", "LICENSE", "NOTICE"}
