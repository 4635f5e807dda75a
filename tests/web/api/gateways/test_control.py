"""Sessions are started, stopped and linked through their gateways (S3.22, S3.30, S3.49)."""

import pytest
from sqlalchemy import Engine, text

from simulator.gateways.world import API_KEY
from tests.simulator.meta import Meta
from tests.web.api.gateways.world import Caller, register


@pytest.mark.parametrize("kind", ["founding", "wwebjs", "waha", "evolution", "wppconnect"])
def test_a_session_is_controlled_through_its_gateway(admin: Caller, meta: Meta, kind: str) -> None:
    """S3.49."""
    path = "wwebjs" if kind == "founding" else kind
    register(admin, kind=kind, base_url=f"{meta.address}/gateways/{path}", api_key=API_KEY)
    meta.control("gateways", {"kind": kind, "session": "shop", "webhook_url": "http://127.0.0.1:9/hook"})
    answer = admin("POST", "/v1/gateways/shop/start")
    assert (answer.status_code, answer.json) == (202, {"session_id": "shop", "status": "connecting"})
    assert len(admin("POST", "/v1/gateways/shop/pairing-code", {"phone": "+18295550142"}).json["pairing_code"]) == 8
    meta.control(f"gateways/{kind}/shop/scan")
    restarted = admin("POST", "/v1/gateways/shop/restart")
    assert restarted.status_code == (409 if kind == "wppconnect" else 202)
    meta.control(f"gateways/{kind}/shop/scan")
    if kind != "evolution":
        assert admin("POST", "/v1/gateways/shop/stop").json["status"] == "stopped"
        meta.control(f"gateways/{kind}/shop/scan")
    assert admin("POST", "/v1/gateways/shop/log-out").json["status"] == "stopped"
    events = admin("GET", "/v1/gateways/shop/events").json["data"]
    assert (events[0]["word"], events[0]["after"]) == ("log-out", "stopped")


def test_a_gateway_that_cannot_be_reached_is_told_and_changes_nothing(admin: Caller) -> None:
    """S3.30."""
    register(admin)
    answer = admin("POST", "/v1/gateways/shop/start")
    assert (answer.status_code, answer.json["code"]) == (502, "gateway_unreachable")
    assert admin("GET", "/v1/gateways/shop").json["status"] == "initial"


def test_all_sessions_are_stopped_and_who_does_not_stop_is_named(admin: Caller, meta: Meta, engine: Engine) -> None:
    """S3.49."""
    for name, kind in (("one", "waha"), ("two", "waha"), ("three", "evolution"), ("gone", "waha")):
        address = f"{meta.address}/gateways/{kind}" if name != "gone" else "http://127.0.0.1:9"
        register(admin, name, kind, base_url=address, api_key=API_KEY)
        meta.control("gateways", {"kind": kind, "session": name, "webhook_url": "http://127.0.0.1:9/"})
    answer = admin("POST", "/v1/gateways/stop-all")
    assert answer.status_code == 200
    problems = {one["session_id"]: one["problem"] for one in answer.json["data"]}
    assert (problems["one"], problems["two"]) == (None, None)
    assert "no stop" in problems["three"]
    assert problems["gone"]
    with engine.connect() as connection:
        stopped = connection.execute(text("SELECT target FROM audit_log WHERE action = 'gateway.stop' ORDER BY target"))
        assert stopped.scalars().all() == ["one", "two"]
