"""Customers' files and who they are, through the real workers: the rings, the queues and the sweepers are the system's."""

from typing import Any

import pytest

from gateways.kinds import Kind
from tests.system.conftest import System
from tests.system.test_gateways import register
from tests.waiting import wait_for

CUSTOMER = "+18095560888"
OF_KIND = {Kind.WAHA: "+18095560889", Kind.WWEBJS: "+18095560890"}
PRIVATE = "The address leads into a private network."


def contact(system: System, phone: str) -> Any:
    return system.api("GET", "/v1/contacts", params={"address": phone}).json()["data"]


def test_a_new_contact_is_asked_about_and_never_within_this_network(system: System) -> None:
    put = system.api("PUT", "/v1/contact-lookup", json={"url": "https://localhost:8443/who-is"})
    assert put.status_code == 200, put.text
    system.meta.control("inbound", {"from": CUSTOMER, "type": "text", "body": "Hola"})
    wait_for(lambda: contact(system, CUSTOMER) and contact(system, CUSTOMER)[0]["lookup"], 60)
    lookup = wait_for(lambda: (found := contact(system, CUSTOMER)[0]["lookup"])["problem"] and found, 60)
    assert (lookup["state"], lookup["problem"], lookup["attributes"]) == ("waiting", PRIVATE, {})
    assert system.api("DELETE", "/v1/contact-lookup").status_code == 204
    logs = "".join(system.logs.values())
    assert [secret for secret in (put.json()["secret"], CUSTOMER[1:]) if secret in logs] == []


@pytest.mark.parametrize("kind", OF_KIND)
def test_a_file_that_came_through_a_gateway_opens_from_its_thread(system: System, kind: Kind) -> None:
    name, channel_id = register(system, kind)
    for act, wanted in (
        ("start", {}),
        ("scan", {}),
        ("inbound", {"from": OF_KIND[kind], "type": "document", "file": True}),
    ):
        system.meta.control(f"gateways/{kind}/{name}/{act}", wanted)
    query = "SELECT id FROM conversations WHERE channel_id = %s"
    [(thread,)] = wait_for(lambda: system.rows(query, channel_id), 60)

    def stored() -> Any:
        [message] = system.api("GET", f"/v1/conversations/{thread}/messages").json()["data"]
        return message["media"] if message["media"] and message["media"]["state"] == "stored" else None

    file = wait_for(stored, 60)
    opened = system.http.get(file["url"], timeout=10)
    assert (opened.status_code, opened.content, opened.headers["Content-Type"]) == (200, b"%PDF-", "application/pdf")
