"""Where people look: the API, the health check and the metrics of the running system."""

from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.faults.system import System
from tests.faults.trial import Trial
from tests.faults.waiting import until

SEEN_WITHIN = 20.0


def promise_that_the_pause_is_seen(one: Trial, channel: dict[str, Any], code: int) -> None:
    """A paused channel is told by the API, by the health check and by the metrics, with Meta's code."""
    shown = one.api.get(f"/v1/channels/{channel['id']}")["paused"]
    one.promise(bool(shown and shown["code"] == code and shown["since"] and shown["advice"]), f"the API: {shown}")
    checks = one.api.get("/health/ready")["checks"]
    one.promise(str(code) in checks["channels"].get("detail", ""), f"health: {checks['channels']}")
    paused = paused_in_metrics(one.system)
    one.promise(paused == {(channel["phone_number_id"], str(code))}, f"metrics: {paused}")


def promise_that_no_pause_is_seen(one: Trial, channel_id: str) -> None:
    """Once it is resumed, all three tell so."""
    until(lambda: one.api.get(f"/v1/channels/{channel_id}")["paused"] is None, SEEN_WITHIN, "the channel is resumed")
    one.promise(one.api.get("/health/ready")["checks"]["channels"]["ok"], "health tells of no pause")
    one.promise(not paused_in_metrics(one.system), "the metrics tell of no pause")


def paused_in_metrics(system: System) -> set[tuple[str, str]]:
    """Return numbers and codes of the paused channels that /metrics tells."""
    session = requests.Session()
    session.trust_env = False
    with session:
        told = session.get(f"{system.url}/metrics", timeout=10).text
    return {
        (sample.labels["phone_number_id"], sample.labels["code"])
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        if sample.name == "paperboy_channel_paused" and sample.value == 1
    }
