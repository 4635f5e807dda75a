"""Documents and alert rules say what the code does."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from embedded.preflight import _open_flower
from messaging.limits import DEFAULTS
from settings import Settings
from tests.house import compose_file
from tests.house.compose_file import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = "\n".join(path.read_text() for name in ("observability", "web") for path in (ROOT / name).glob("*.py"))


def rules() -> list[dict[str, object]]:
    groups = yaml.safe_load((ROOT / "deploy" / "prometheus-rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_the_table_of_limits_tells_the_limits() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text()
    told = {name: float(value) for name, value in re.findall(r"\| `(\w+_seconds)`[^|]*\| ([\d.]+) \|", text)}
    assert told == {one.name: getattr(DEFAULTS, one.name) for one in fields(DEFAULTS) if one.name.endswith("_seconds")}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_watches_metrics_that_exist_and_says_what_to_do(rule: dict[str, object]) -> None:
    names = re.findall(r"paperboy_\w+", str(rule["expr"]))
    assert names
    assert all(f'"{name}"' in CODE for name in names)
    assert set(rule) >= {"labels", "annotations"}


def test_prometheus_asks_the_web_and_every_worker_of_compose() -> None:
    services = compose_file.raw_services()
    web, workers = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())["scrape_configs"]
    assert web["static_configs"] == [{"targets": [f"web:{services['web']['environment']['PORT']}"]}]
    [asked] = workers["dns_sd_configs"]
    assert set(asked["names"]) == {name for name in services if name.startswith("worker-")}
    assert f"METRICS_PORT:-{asked['port']}" in services["worker-send"]["environment"]["METRICS_PORT"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_files_that_exist(document: Path) -> None:
    named = re.findall(
        r"`((?:docs|deploy|tests|tasks|db|web|worker|messaging|embedded|simulator)/[\w./-]+)`", document.read_text()
    )
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_readme_lists_what_compose_demands() -> None:
    """And beside it only what makes a start a useful one."""
    first_step = re.search(r"^1\. .*?(?=^2\. )", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert first_step
    listed = set(re.findall(r"`([A-Z][A-Z_]+)(?:=\w+)?`", first_step[0]))
    demanded = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    assert listed == demanded | {"ENV", "WHATSAPP_BUSINESS_ACCOUNT_ID", "WHATSAPP_VERIFY_TOKEN"}


def test_the_readme_says_who_refuses_a_flower_without_a_password(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, bind_host="0.0.0.0", data_dir=tmp_path)
    assert any("FLOWER_BASIC_AUTH" in problem for problem in _open_flower(settings))
    told = " ".join((ROOT / "README.md").read_text().split())
    assert "Beyond loopback it wants `FLOWER_BASIC_AUTH` and does not start without." in told


def test_the_readme_names_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text())) <= targets
