""".env.example: every setting, explained, with the default that holds."""

import re

import pytest

from settings import Settings
from tests.house.compose_file import ROOT

ASSIGNMENT = re.compile(r"^#(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$")
COMPOSE_ONLY = {"DOMAIN", "POSTGRES_PASSWORD"}
CONTRACT = {
    "PORT", "REALTIME_PORT", "SIMULATOR_PORT", "FLOWER_PORT", "DATA_DIR", "DATABASE_URL",
    "BROKER_URL", "REDIS_URL", "ENV", "PUBLIC_URL", "GRAPH_API_URL", "GRAPH_API_VERSION",
    "BOOTSTRAP_API_KEY", "BOOTSTRAP_ADMIN_PASSWORD", "WEB_WORKERS", "WORKER_CONCURRENCY",
    "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_PHONE_NUMBER_ID",
    "WHATSAPP_BUSINESS_ACCOUNT_ID", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_ENCRYPTION_KEY",
    "WHATSAPP_WEBHOOK_URL", "WHATSAPP_TEMPLATE_NAME", "WHATSAPP_TEMPLATE_LANGUAGE",
    "WHATSAPP_SERVER_API", "WHATSAPP_API_KEY",
}  # fmt: skip
"""Names that others rely on, the founding systems' own among them.

S1.2–S1.4, S2.10–S2.12, S3.25–S3.26, S4.19–S4.21.
"""


def lines() -> list[str]:
    return (ROOT / ".env.example").read_text().splitlines()


def shown() -> dict[str, str]:
    matches = (ASSIGNMENT.match(line) for line in lines())
    return {match["name"]: match["value"] for match in matches if match}


def test_every_setting_is_shown_and_nothing_that_is_none() -> None:
    assert set(shown()) - COMPOSE_ONLY == {name.upper() for name in Settings.model_fields}


def test_the_names_that_others_rely_on_are_shown() -> None:
    assert set(shown()) >= CONTRACT


def test_every_setting_is_explained() -> None:
    before = dict(zip(lines()[1:], lines(), strict=False))
    for line in lines():
        if ASSIGNMENT.match(line):
            assert before[line].startswith("# "), line


def test_the_rate_limit_says_that_each_web_process_counts_for_itself() -> None:
    at = next(number for number, line in enumerate(lines()) if line.startswith("#API_RATE_LIMIT="))
    assert "Each web process counts for itself" in " ".join(lines()[at - 2 : at])


def test_a_copy_changes_nothing() -> None:
    assert [line for line in lines() if line and not line.startswith("#")] == []


def test_the_shown_defaults_are_those_that_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in shown():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("WHATSAPP_WEBHOOK_VERIFY_TOKEN", raising=False)
    defaults = Settings(_env_file=None)
    for name, value in shown().items():
        monkeypatch.setenv(name, value)
    assert Settings(_env_file=None) == defaults


def test_the_founding_name_of_the_verify_token_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """S4.19 beside S0.6 and S1.4."""
    monkeypatch.delenv("WHATSAPP_VERIFY_TOKEN", raising=False)
    monkeypatch.setenv("WHATSAPP_WEBHOOK_VERIFY_TOKEN", "test123")
    assert Settings(_env_file=None).verify_token == "test123"
    assert any("WHATSAPP_WEBHOOK_VERIFY_TOKEN" in line for line in lines())
