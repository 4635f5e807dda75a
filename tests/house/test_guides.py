"""Guides name what exists: settings, addresses, commands with their options, webhook fields, Meta's error codes."""

import re
import shlex
from pathlib import Path

import click
import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from commands import create_command_app
from settings import Settings
from simulator.graph_accounts import FIELDS
from tests.db.conftest import new_encryption_key
from tests.house.compose_file import ROOT
from tests.house.test_environment_example import COMPOSE_ONLY
from web.api.app import create_api_app
from web.metrics import blueprint as metrics_blueprint
from web.pages.app import create_pages_app
from web.webhooks.app import create_webhook_app
from web.webhooks.inbox import Inbox
from web.webhooks.signers import Signers
from whatsapp.error_table import RULES

GUIDES = [ROOT / "README.md", *(ROOT / "docs" / name for name in ("meta-setup.md", "security.md", "upgrading.md"))]
ALIASES = {"WHATSAPP_WEBHOOK_VERIFY_TOKEN"}
ID = "019a9d2e-5a2e-7b90-9c11-5f0f7a6b1c02"
NO_FIELDS = {"message_deliveries", "message_reads", "message", "message_status_update"}
"""Names that a guide may only warn of."""
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def ids(path: Path) -> str:
    return path.name


@pytest.fixture(scope="module")
def surfaces() -> list[Flask]:
    settings = Settings(_env_file=None, database_url=NOWHERE, whatsapp_encryption_key=new_encryption_key())
    api = create_api_app(settings)
    api.register_blueprint(metrics_blueprint)
    receiver = create_webhook_app(settings, Inbox(NOWHERE, on_stored=lambda: None), Signers(settings))
    return [api, receiver, create_pages_app(settings, api.extensions["paperboy"])]


def is_served(surfaces: list[Flask], path: str, method: str) -> bool:
    for app in surfaces:
        try:
            app.url_map.bind("localhost").match(path, method=method)
        except RequestRedirect:
            return True
        except HTTPException:
            continue
        return True
    return False


@pytest.mark.parametrize("guide", GUIDES, ids=ids)
def test_the_settings_that_a_guide_names_exist(guide: Path) -> None:
    known = {name.upper() for name in Settings.model_fields} | COMPOSE_ONLY | ALIASES
    named = set(re.findall(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b", guide.read_text())) | set(
        re.findall(r"^([A-Z_]+)=", guide.read_text(), re.MULTILINE)
    )
    assert named - known <= {"EVENT_RECEIVED", "GRANIAN_LOG_CONFIG", "KEY", "LC_MESSAGES"}, named - known


@pytest.mark.parametrize("guide", GUIDES, ids=ids)
def test_the_addresses_that_a_guide_names_are_served(guide: Path, surfaces: list[Flask]) -> None:
    text = guide.read_text()
    named = {(method, path) for method, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`\s?]*)", text)}
    named |= {("GET", path) for path in re.findall(r"`(/(?:v1|api|webhook|health|metrics|docs)[^`\s?]*)`", text)}
    named |= {("POST", path) for path in re.findall(r"# POST (/\S+)", text)}
    for method, path in named:
        concrete = re.sub(r"\{[^}]+\}|<[^>]+>|…", ID, path)
        if path in ("/api/v2/whatsapp", "/api/v2/whatsapp/…", "/api/v2"):
            continue  # prefixes, for a proxy
        methods = (method, "POST")
        assert any(is_served(surfaces, concrete, one) for one in methods), f"{method} {path}"


def commands_of(text: str) -> list[str]:
    blocks = "\n".join(re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)).splitlines()
    inline = re.findall(r"`(flask [^`]+)`", text)
    return [line.partition("#")[0].strip() for line in (*blocks, *inline) if line.startswith("flask ")]


@pytest.mark.parametrize("guide", GUIDES, ids=ids)
def test_the_commands_that_a_guide_names_exist_with_their_options(guide: Path) -> None:
    cli = create_command_app().cli
    for line in commands_of(guide.read_text()):
        words = shlex.split(line.replace("…", "x").replace("<", "").replace(">", ""))[1:]
        command: click.Command | None = cli
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            command = command.get_command(click.Context(command), words.pop(0))
        assert command is not None, line
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
        assert {word for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("guide", GUIDES, ids=ids)
def test_the_make_targets_and_modules_that_a_guide_names_exist(guide: Path) -> None:
    text = guide.read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE)) <= targets
    for module in re.findall(r"python -m ([\w.]+)", text):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def test_the_webhook_fields_are_meta_s_own() -> None:
    section = (ROOT / "docs" / "meta-setup.md").read_text().partition("## 4.")[2].partition("## 5.")[0]
    advised, _, warned = section.partition("There is no field")
    fields = set(re.findall(r"`((?:\w+_)?(?:messages|update|echoes|deliveries))`", advised))
    assert {"messages", "smb_message_echoes"} <= fields <= FIELDS
    assert set(re.findall(r"`(message\w*)`", warned)) == NO_FIELDS
    assert not NO_FIELDS & FIELDS


def test_every_error_code_of_the_troubleshooting_is_one_that_the_sends_know() -> None:
    table = (ROOT / "docs" / "meta-setup.md").read_text().partition("## Troubleshooting")[2]
    codes = {int(code) for code in re.findall(r"\b(13\d{4}|190|80007)\b", table)}
    assert codes >= {190, 131030, 132000, 132001, 131047}
    assert codes <= set(RULES)


def test_the_symptoms_that_people_search_for_are_there() -> None:
    table = (ROOT / "docs" / "meta-setup.md").read_text().partition("## Troubleshooting")[2]
    for symptom in ("Invalid webhook signature", "Forbidden", "behind the gateway", "connection refused"):
        assert symptom in table


def test_a_tunnel_and_a_production_checklist_are_told() -> None:
    text = (ROOT / "docs" / "meta-setup.md").read_text()
    assert "ngrok http 8000" in text
    assert text.partition("## Before production")[2].count("- [ ]") >= 5
