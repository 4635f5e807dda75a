"""Every address behind a proxy's prefix, through a real Granian (S4.29)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from db.ids import new_id
from tests.web.served.conftest import APP_SECRET, VERIFY_TOKEN, Web, serving
from web.webhooks.app import WEBHOOK_PATHS
from whatsapp.signature import sign

PREFIX = "/some/prefix"
TOLD = {"X-Forwarded-Prefix": PREFIX}
CHALLENGE = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
API = ("/v1/messages", "/v1/invoices/A-1", "/api/v2/whatsapp/message-statuses", "/message-statuses")
"""Each asks for a key; without one the answer is 401."""


@pytest.fixture(scope="module")
def mounted(server_dir: Path, web_database: str) -> Iterator[Web]:
    """A web process that is told its prefix by SCRIPT_NAME and trusts no proxy."""
    with serving(server_dir / "mounted", web_database, SCRIPT_NAME=PREFIX, TRUSTED_PROXIES="0") as served:
        yield served


def assert_webhook_answers(web: Web, address: str, text: str, headers: dict[str, str]) -> None:
    verified = requests.get(f"{web.url}{address}", params=CHALLENGE, headers=headers, timeout=10)
    assert (verified.status_code, verified.text) == (200, "1158201444")
    body = new_id().bytes
    signed = {**headers, "X-Hub-Signature-256": sign(body, APP_SECRET)}
    taken = requests.post(f"{web.url}{address}", data=body, headers=signed, timeout=10)
    assert (taken.status_code, taken.text) == (200, text)
    assert body in web.stored()
    unsigned = requests.post(f"{web.url}{address}", data=body, headers=headers, timeout=10)
    assert (unsigned.status_code, unsigned.content) == (401, b"")
    wrong = requests.delete(f"{web.url}{address}", headers=headers, timeout=10)
    assert (wrong.status_code, wrong.content) == (405, b"")


def assert_api_asks_for_a_key(web: Web, address: str, headers: dict[str, str]) -> None:
    answer = requests.get(f"{web.url}{address}", headers=headers, timeout=10)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/")


@pytest.mark.parametrize("sent", ["", PREFIX], ids=["cut by the proxy", "passed on whole"])
@pytest.mark.parametrize(("path", "text"), WEBHOOK_PATHS.items())
def test_each_webhook_address_works_behind_x_forwarded_prefix_S0_1_S1_5_S2_1_S4_1(
    web: Web, path: str, text: str, sent: str
) -> None:
    assert_webhook_answers(web, f"{sent}{path}", text, TOLD)


@pytest.mark.parametrize("sent", ["", PREFIX], ids=["cut", "whole"])
@pytest.mark.parametrize(("path", "text"), WEBHOOK_PATHS.items())
def test_each_webhook_address_works_under_script_name_S0_1_S1_5_S2_1_S4_1(
    mounted: Web, path: str, text: str, sent: str
) -> None:
    assert_webhook_answers(mounted, f"{sent}{path}", text, {})


@pytest.mark.parametrize("sent", ["", PREFIX])
@pytest.mark.parametrize("path", API)
def test_the_api_works_behind_either_prefix(web: Web, mounted: Web, path: str, sent: str) -> None:
    assert_api_asks_for_a_key(web, f"{sent}{path}", TOLD)
    assert_api_asks_for_a_key(mounted, f"{sent}{path}", {})


def test_the_description_tells_the_prefix(web: Web, mounted: Web) -> None:
    for served, headers in ((web, TOLD), (mounted, {})):
        description = requests.get(f"{served.url}{PREFIX}/openapi.json", headers=headers, timeout=10).json()
        assert description["servers"] == [{"url": PREFIX}]


def test_without_a_prefix_told_a_prefixed_address_is_not_found_as_a_problem(web: Web) -> None:
    answer = requests.get(f"{web.url}{PREFIX}/webhook", params=CHALLENGE, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
