"""Control calls are strict, and a reset forgets everything."""

from typing import Any

import pytest

from tests.simulator.meta import Meta, template_message, text_message
from tests.simulator.receiver import Receiver


@pytest.mark.parametrize(
    ("what", "wanted", "known"),
    [
        ("settings", {"speed": 1}, "throughput_mps"),
        ("settings", {"delays_ms": {"played": 1}}, "delivered"),
        ("settings", {"throughput_mps": -1}, None),
        ("settings", {"webhooks": 1}, None),
        ("settings", {"batch_size": 1001}, None),
        ("settings", {"webhook_url": "nowhere"}, None),
        ("settings", {"delays_ms": 5}, None),
        ("receipts", {"wamid": "wamid.1", "status": "seen"}, "read"),
        ("receipts", {"wamid": "wamid.1", "status": "read", "when": 1}, "timestamp"),
        ("webhook", {"field": "messages", "values": {}}, "value"),
        ("webhook", {"field": "messages"}, None),
        ("templates", {"name": "new", "language": "es"}, None),
        ("templates", {"name": "invoice", "language": "es", "status": "SLEEPING"}, "PAUSED"),
        ("templates", {"title": "invoice"}, "name"),
        ("settings", [], None),
    ],
)
def test_a_wrong_control_call_is_refused_with_what_is_known(
    meta: Meta, what: str, wanted: Any, known: str | None
) -> None:
    before = meta.look("settings")
    answer = meta.session.post(f"{meta.address}/_sim/{what}", json=wanted)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert known is None or known in answer.json()["known"]
    assert meta.look("settings") == before


def test_broken_json_is_refused(meta: Meta) -> None:
    answer = meta.session.post(meta.address + "/_sim/settings", data=b"{")
    assert (answer.status_code, answer.json()["error"]) == (400, "the body is not valid JSON")


def test_an_unknown_filter_of_the_ground_truth_is_refused(meta: Meta) -> None:
    answer = meta.session.get(meta.address + "/_sim/sends", params={"status": "sent"})
    assert (answer.status_code, "wamid" in answer.json()["known"]) == (400, True)


def test_settings_are_kept_until_changed(meta: Meta) -> None:
    meta.control("settings", delays_ms={"read": 7}, answer_delay_ms=1)
    settings = meta.look("settings")
    assert settings["delays_ms"] == {"sent": 1, "delivered": 20, "read": 7}
    assert settings["answer_delay_ms"] == 1
    meta.send(template_message())


def test_reset_forgets_everything(meta: Meta, receiver: Receiver) -> None:
    started = meta.control("reset") and meta.look("settings")
    receiver.answers.extend([503] * 100)
    meta.control("settings", retry_start_ms=20, pair_burst=1, webhook_url=receiver.address + "/other")
    meta.control("faults", fault="slow", next=9, call="templates", webhooks={"duplicate": 2})
    meta.control("templates", name="invoice", language="es", status="PAUSED")
    meta.control("inbound", type="image")
    meta.send(template_message("quote"))
    meta.wait(lambda: meta.look("stats")["webhooks"]["retried"])
    meta.control("reset")
    assert meta.look("settings") == started
    assert (meta.look("sends"), meta.look("inbound"), meta.look("faults")["calls"]) == ([], [], [])
    assert meta.look("faults")["webhooks"]["duplicate"] == 1
    stats = meta.look("stats")
    assert (stats["calls"], stats["webhooks"]["pending"], stats["webhooks"]["posts_open"]) == (0, 0, 0)
    receiver.forget()
    receiver.wait_for_statuses(meta.send(text_message()), "failed")
    meta.send(template_message())
