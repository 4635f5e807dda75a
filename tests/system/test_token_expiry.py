"""Three in the morning: the access token ends, and a person without this code has to find out which, why and what to do."""

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from db.ids import new_id
from simulator import defaults
from tests.system.conftest import ROOT, System
from tests.waiting import wait_for

NEW_TOKEN = "EAAG-the-token-of-the-morning"
numbers = itertools.count(1)


def phone() -> str:
    return f"+1809557{next(numbers):04}"


def channel(system: System) -> dict[str, Any]:
    listed = system.api("GET", "/v1/channels").json()["data"]
    return next(one for one in listed if one["phone_number_id"] == defaults.PHONE_NUMBER_ID)


def metric(system: System, name: str) -> list[Any]:
    scraped = system.http.get(f"{system.url}/metrics", timeout=5).text
    families = {family.name: family for family in text_string_to_metric_families(scraped)}
    found = families[name].samples if name in families else []
    return [one for one in found if one.labels["phone_number_id"] == defaults.PHONE_NUMBER_ID]


def ready(system: System) -> dict[str, Any]:
    return dict(system.http.get(f"{system.url}/health/ready", timeout=5).json()["checks"])


def by_api(system: System, channel_id: str, token: str) -> None:
    assert system.api("PATCH", f"/v1/channels/{channel_id}", json={"access_token": token}).status_code == 200


def by_command(system: System, channel_id: str, token: str) -> None:
    flask = Path(sys.executable).with_name("flask")
    command = [flask, "channels", "update", channel_id, "--token-file", "-"]
    ended = subprocess.run(
        command, cwd=ROOT, env=system.environment, input=token, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, "changed"), ended.stderr


@pytest.fixture
def meta_as_before(system: System) -> Iterator[None]:
    yield
    system.meta.control("settings", token_expired=False, token_lasts_s=0, access_token="")
    by_api(system, channel(system)["id"], defaults.ACCESS_TOKEN)
    system.wait_until_read(system.send_invoice(new_id().hex, phone()))


@pytest.mark.usefixtures("meta_as_before")
@pytest.mark.parametrize("give_token", [by_api, by_command])
def test_an_expired_token_is_told_with_what_to_do_and_with_a_new_one_everything_is_sent_once(
    system: System, give_token: Callable[[System, str, str], None]
) -> None:
    customers = [phone() for _ in range(5)]
    system.meta.control("settings", token_expired=True)
    waiting = [system.send_invoice(new_id().hex, customer) for customer in customers]
    paused = wait_for(lambda: channel(system)["paused"])
    assert (paused["code"], "new access token" in paused["advice"]) == (190, True)
    assert "190" in ready(system)["channels"]["detail"]
    assert [one.labels["code"] for one in metric(system, "paperboy_channel_paused") if one.value == 1] == ["190"]
    channel_id = channel(system)["id"]
    checks = {one["name"]: one for one in system.api("POST", f"/v1/channels/{channel_id}/check").json()["checks"]}
    assert checks["token"]["state"] == "error"
    assert "Create a token" in checks["token"]["advice"]
    assert [one.value for one in metric(system, "paperboy_token_valid")] == [0]
    assert channel(system)["token"]["is_valid"] is False
    assert {system.message(one)["status"] for one in waiting} <= {"queued"}
    system.meta.control("settings", token_expired=False, access_token=NEW_TOKEN)
    give_token(system, channel_id, NEW_TOKEN)
    system.wait_until_read(*waiting)
    assert [len(system.meta.look("sends", to=customer)) for customer in customers] == [1] * len(customers)
    shown = channel(system)
    assert (shown["paused"], shown["on_trial"], shown["waiting"]) == (None, False, 0)
    assert ready(system)["channels"]["ok"] is True


@pytest.mark.usefixtures("meta_as_before")
def test_a_token_that_ends_in_some_days_is_shown_and_alarmed_ahead(system: System) -> None:
    system.meta.control("settings", token_lasts_s=5 * 86_400)
    system.api("POST", f"/v1/channels/{channel(system)['id']}/check")
    ends = datetime.fromisoformat(channel(system)["token"]["expires_at"])
    assert timedelta(days=4) < ends - datetime.now(UTC) < timedelta(days=6)
    [left] = [one.value for one in metric(system, "paperboy_token_days_left")]
    groups = yaml.safe_load((ROOT / "deploy" / "prometheus-rules.yml").read_text())["groups"]
    [rule] = [one for group in groups for one in group["rules"] if one["alert"] == "PaperboyTokenExpires"]
    assert left < float(rule["expr"].removeprefix("paperboy_token_days_left < "))
