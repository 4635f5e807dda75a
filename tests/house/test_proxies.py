"""The proxies of deploy/: webhooks of 3 MB pass, Meta's address is ours, figures stay inside."""

import re

from tests.house.compose_file import ROOT
from web.realtime.server import HEARTBEAT_SECONDS

NGINX = (ROOT / "deploy" / "nginx.conf").read_text()
CADDY = (ROOT / "deploy" / "Caddyfile").read_text()


def upstream_of(location: str) -> str:
    block = re.search(rf"location (?:\^~ |= )?{re.escape(location)} {{(.*?)}}", NGINX, re.DOTALL)
    assert block is not None, location
    return block[1]


def test_the_specific_address_comes_before_the_general_one() -> None:
    """S4.29: with /api/v2 first, /api/v2/whatsapp answered Forbidden."""
    order = re.findall(r"location (?:\^~ |= )?(\S+) {", NGINX)
    assert order.index("/api/v2/whatsapp") < order.index("/api/v2")
    assert "location ^~ /api/v2/whatsapp {" in NGINX
    assert "http://paperboy;" in upstream_of("/api/v2/whatsapp")
    assert "http://other_system;" in upstream_of("/api/v2")


def test_a_prefix_is_cut_off_and_told() -> None:
    block = upstream_of("/paperboy/")
    assert "proxy_pass http://paperboy/;" in block
    assert "proxy_set_header X-Forwarded-Prefix /paperboy;" in block


def test_a_caller_cannot_tell_a_prefix() -> None:
    assert re.search(r'^    proxy_set_header X-Forwarded-Prefix "";', NGINX, re.MULTILINE)
    assert "header_up -X-Forwarded-Prefix" in CADDY


def test_a_location_that_sets_one_header_repeats_the_others() -> None:
    """nginx inherits proxy_set_header only where a location sets none (ngx_http_proxy_module)."""
    server = set(re.findall(r"^    proxy_set_header (\S+)", NGINX, re.MULTILINE))
    repeated = set(re.findall(r"proxy_set_header (\S+)", upstream_of("/paperboy/")))
    assert repeated == server


def test_meta_s_largest_webhook_passes() -> None:
    assert "client_max_body_size 4m;" in NGINX
    assert "max_size 4MB" in CADDY


def test_a_slow_sender_ends_at_the_proxy() -> None:
    assert "client_body_timeout 10s;" in NGINX
    assert "proxy_request_buffering off" not in NGINX
    assert re.search(r"^\{\s+#.*\s+servers \{\s+timeouts \{\s+read_header 10s\s+read_body 10s", CADDY, re.MULTILINE)


def test_figures_are_not_for_the_street() -> None:
    assert "404" in upstream_of("/metrics")
    assert re.search(r"@inside path /metrics\s+respond @inside 404", CADDY)


def test_caddy_gets_its_certificate_for_the_given_name_and_asks_the_web() -> None:
    assert re.search(r"^\{\$DOMAIN\} \{", CADDY, re.MULTILINE)
    assert "reverse_proxy web:8000" in CADDY


def test_live_connections_reach_their_own_process_and_are_not_cut_between_heartbeats() -> None:
    assert re.search(r"@live path_regexp \S+/api/v1/ws/chat/\S+\s+reverse_proxy @live realtime:8001", CADDY)
    for prefix, passed in (("", ""), ("/paperboy", "/api/v1/ws/chat/")):
        block = upstream_of(f"{prefix}/api/v1/ws/chat/")
        assert f"proxy_pass http://paperboy_live{passed};" in block
        assert "proxy_set_header Upgrade $http_upgrade;" in block
        waits = re.search(r"proxy_read_timeout (\d+)s;", block)
        assert waits is not None
        assert int(waits[1]) > 2 * HEARTBEAT_SECONDS
