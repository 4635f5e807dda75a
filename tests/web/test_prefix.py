"""Behind proxies: whatever prefix they put before our addresses, and no more trust than was asked for."""

from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from web.prefix import behind_proxies


@Request.application
def echo(request: Request) -> Response:
    seen = (request.script_root, request.path, request.remote_addr, request.scheme, request.host)
    return Response("|".join(str(part) for part in seen))


def seen(path: str, *, hops: int = 1, headers: dict[str, str] | None = None, **more: Any) -> list[str]:
    """Prefix, path, caller, scheme and host as the app sees them."""
    return Client(behind_proxies(echo, hops)).get(path, headers=headers, **more).text.split("|")


@pytest.mark.parametrize(
    ("path", "prefix", "expected"),
    [
        ("/webhook", "/pb", ["/pb", "/webhook"]),
        ("/pb/webhook", "/pb", ["/pb", "/webhook"]),
        ("/pb/webhook", "/pb/", ["/pb", "/webhook"]),
        ("/a/b/webhook", "/a/b", ["/a/b", "/webhook"]),
        ("/pb", "/pb", ["/pb", "/"]),
        ("/pb/", "/pb", ["/pb", "/"]),
        ("/pbx/webhook", "/pb", ["/pb", "/pbx/webhook"]),
        ("/pb/pb/webhook", "/pb", ["/pb", "/pb/webhook"]),
        ("/a%C3%B1o/webhook", "/a\u00c3\u00b1o", ["/a\u00f1o", "/webhook"]),  # bytes as HTTP headers carry them
        ("/webhook", "/", ["", "/webhook"]),
        ("/webhook", "", ["", "/webhook"]),
    ],
)
def test_a_prefix_is_taken_off_whether_or_not_the_proxy_did(path: str, prefix: str, expected: list[str] | None) -> None:
    assert seen(path, headers={"X-Forwarded-Prefix": prefix})[:2] == expected


@pytest.mark.parametrize(("path", "prefix"), [("/webhook", "/pb"), ("/pb/webhook", "/pb")])
def test_a_server_that_sets_script_name_does_the_same(path: str, prefix: str) -> None:
    found = seen(path, hops=0, environ_overrides={"SCRIPT_NAME": prefix, "PATH_INFO": path})
    assert found[:2] == ["/pb", "/webhook"]


def test_without_trusted_proxies_no_forwarded_header_counts() -> None:
    headers = {
        "X-Forwarded-Prefix": "/pb",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
    }
    environ = {"REMOTE_ADDR": "192.0.2.1"}
    assert seen("/webhook", hops=0, headers=headers, environ_overrides=environ) == [
        "",
        "/webhook",
        "192.0.2.1",
        "http",
        "localhost",
    ]


@pytest.mark.parametrize(
    ("hops", "caller"), [(1, "198.51.100.2"), (2, "203.0.113.7")], ids=["one proxy", "two proxies"]
)
def test_of_the_callers_addresses_only_those_of_our_proxies_are_believed(hops: int, caller: str) -> None:
    found = seen("/", hops=hops, headers={"X-Forwarded-For": "10.9.9.9, 203.0.113.7, 198.51.100.2"})
    assert found[2] == caller


def test_the_scheme_is_the_proxys_and_the_host_never() -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    assert seen("/", headers=headers)[3:] == ["https", "localhost"]
