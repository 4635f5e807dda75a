"""Sessions of all gateways in the whole system: real processes, workers, beat and simulator, from QR to read."""

import base64
from typing import Any

import pytest

from db.ids import new_id
from gateways.kinds import Kind
from simulator.gateways.world import API_KEY
from tests.system.conftest import System
from tests.waiting import wait_for
from tests.web.webhooks.test_gateways import SECRET, proof_of

CUSTOMER = "+18095560777"
TEXT = "a-text-that-no-log-shows"
PROBE = b'{"event": "probe", "data": {}, "payload": {}}'
"""An event nobody knows: it is taken as soon as the receiver knows the session."""


def register(system: System, kind: Kind) -> tuple[str, str]:
    """Register a new session on both sides; its name and its channel's id."""
    name = f"s{new_id().hex}"
    path = {"founding": "wwebjs"}.get(kind, kind)
    body = {
        "kind": kind,
        "session_id": name,
        "base_url": f"{system.environment['GRAPH_API_URL']}/gateways/{path}",
        "api_key": API_KEY,
        "secret": SECRET,
    }
    answer = system.api("POST", "/v1/gateways", json=body)
    assert answer.status_code == 201, answer.text
    url = f"{system.url}/api/whatsapp/webhook/{name}"
    proof = proof_of(kind, PROBE)
    headers, secret = proof.get("headers"), proof.get("query_string")
    wait_for(lambda: system.http.post(url, data=PROBE, headers=headers, params=secret, timeout=10).status_code == 200)
    where = {"kind": kind, "session": name, "webhook_url": f"{url}?secret={SECRET}", "secret": SECRET}
    system.meta.control("gateways", where)
    return name, answer.json()["id"]


def status(system: System, name: str) -> Any:
    return system.api("GET", f"/api/whatsapp/session/status/{name}").json()["data"]


@pytest.mark.parametrize("kind", Kind)
def test_a_session_lives_from_qr_to_a_message_that_was_read(system: System, kind: Kind) -> None:
    name, channel_id = register(system, kind)
    assert system.api("POST", f"/v1/gateways/{name}/start").status_code == 202
    shown = wait_for(lambda: (found := status(system, name))["qrImage"] and found)
    assert (shown["status"], shown["needsQR"]) == ("qr_generated", True)
    assert base64.b64decode(shown["qrImage"].partition(",")[2]).startswith(b"\x89PNG")

    system.meta.control(f"gateways/{kind}/{name}/scan")
    wait_for(lambda: status(system, name)["isConnected"])
    assert status(system, name)["qr"] is None

    system.meta.control(f"gateways/{kind}/{name}/inbound", {"from": CUSTOMER, "body": TEXT})
    query = "SELECT count(*) FROM messages WHERE channel_id = %s AND text = %s AND direction = 'inbound'"
    wait_for(lambda: system.rows(query, channel_id, TEXT) == [(1,)])

    asked = {"to": CUSTOMER, "text": {"body": TEXT}, "channel_id": channel_id}
    sent = system.api("POST", "/v1/messages", json=asked)
    assert sent.status_code == 202, sent.text
    system.wait_until_read(sent.json()["id"])

    assert system.api("POST", f"/v1/gateways/{name}/log-out").status_code == 202
    wait_for(lambda: not status(system, name)["isConnected"])
    logs = "".join(system.logs.values())
    assert [secret for secret in (shown["qr"], API_KEY, SECRET, TEXT, CUSTOMER[1:]) if secret in logs] == []
