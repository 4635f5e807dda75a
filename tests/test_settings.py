"""Settings: what is refused, in one line that names the variable and never shows a value."""

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from settings import (
    META_GRAPH_API_URL,
    PLACEHOLDER_APP_SECRETS,
    SIMULATOR_APP_SECRET,
    SIMULATOR_VERIFY_TOKEN,
    ConfigurationError,
    Settings,
    get_settings,
)

SECRETS = (
    "database_url", "broker_url", "redis_url", "bootstrap_api_key", "bootstrap_admin_password", "flower_basic_auth",
    "whatsapp_verify_token", "whatsapp_app_secret", "whatsapp_access_token", "whatsapp_encryption_key",
    "whatsapp_api_key",
)  # fmt: skip
PRODUCTION = {"ENV": "production", "WHATSAPP_ACCESS_TOKEN": "EAAG", "WHATSAPP_ENCRYPTION_KEY": "key"}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.lower() in Settings.model_fields or name.startswith("WHATSAPP_"):
            monkeypatch.delenv(name)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def read(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return get_settings()


def refusal(monkeypatch: pytest.MonkeyPatch, **given: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        read(monkeypatch, **given)
    assert refused.value.__cause__ is None
    assert len(str(refused.value).splitlines()) == 1
    return str(refused.value)


def test_with_nothing_set_it_is_a_development_machine_with_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch)
    assert settings.env == "development"
    assert settings.uses_simulator
    assert settings.graph_url == "http://127.0.0.1:8002"
    assert settings.app_secrets == (SIMULATOR_APP_SECRET,)
    assert settings.verify_token == SIMULATOR_VERIFY_TOKEN


def test_an_access_token_means_meta_and_nothing_of_the_simulators_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, WHATSAPP_ACCESS_TOKEN="EAAG")
    assert settings.graph_url == META_GRAPH_API_URL
    assert (settings.app_secrets, settings.verify_token) == ((), None)


def test_a_graph_address_alone_does_not_bring_the_simulators_secrets_either(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, GRAPH_API_URL="https://graph.example/")
    assert settings.graph_url == "https://graph.example"
    assert (settings.app_secrets, settings.verify_token) == ((), None)


@pytest.mark.parametrize("placeholder", sorted(PLACEHOLDER_APP_SECRETS))
def test_a_placeholder_for_the_app_secret_counts_as_none_S1_2(
    monkeypatch: pytest.MonkeyPatch, placeholder: str
) -> None:
    assert read(monkeypatch, WHATSAPP_APP_SECRET=f"{placeholder},real").app_secrets == ("real",)
    get_settings.cache_clear()
    assert read(monkeypatch, WHATSAPP_APP_SECRET=placeholder).app_secrets == ()


def test_lists_are_separated_by_commas_and_spaces_around_them_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, WHATSAPP_APP_SECRET=" new , old,,", WHATSAPP_ENCRYPTION_KEY="a,b")
    assert settings.app_secrets == ("new", "old")
    assert settings.encryption_keys == ("a", "b")


def test_empty_means_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Settings()
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    assert get_settings() == expected


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=1111\nFLOWER_PORT=2222\nUNKNOWN_TO_US=x\n")
    settings = read(monkeypatch, PORT="3333")
    assert (settings.port, settings.flower_port) == (3333, 2222)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "hidden"),
        ("WEB_WORKERS", "0"),
        ("WORKER_CONCURRENCY", "-1"),
        ("TRUSTED_PROXIES", "-1"),
        ("ENV", "hidden"),
        ("ALLOW_UNSIGNED_WEBHOOKS", "hidden"),
        ("THROUGHPUT_PER_SECOND", "0"),
        ("RESEND_UNKNOWN", "hidden"),
        ("GRAPH_READ_TIMEOUT_SECONDS", "0"),
        ("FLOWER_BASIC_AUTH", "hidden"),
        ("FLOWER_BASIC_AUTH", ":hidden"),
    ],
)
def test_a_malformed_value_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    line = refusal(monkeypatch, **{name: value})
    assert line.startswith(f"{name}: ")
    assert "hidden" not in line


def test_all_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    line = refusal(monkeypatch, PORT="x", WEB_WORKERS="x")
    assert "PORT: " in line
    assert "WEB_WORKERS: " in line


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"WHATSAPP_ACCESS_TOKEN": ""}, "ENV=production needs WHATSAPP_ACCESS_TOKEN"),
        ({"WHATSAPP_ENCRYPTION_KEY": ""}, "ENV=production needs WHATSAPP_ENCRYPTION_KEY"),
        ({"ALLOW_UNSIGNED_WEBHOOKS": "1"}, "ALLOW_UNSIGNED_WEBHOOKS is refused when ENV=production"),
    ],
)
def test_production_refuses_what_only_development_may_do(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], part: str
) -> None:
    assert part in refusal(monkeypatch, **{**PRODUCTION, **given})


def test_production_with_everything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, **PRODUCTION).env == "production"


def test_limits_that_contradict_each_other_are_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    line = refusal(monkeypatch, SEND_LEASE_SECONDS="5")
    assert "SEND_LEASE_SECONDS is 5 s but must be at least" in line
    assert "would be called unknown" in line


@pytest.mark.parametrize(("address", "variable"), [("database", "DATABASE_URL"), ("celery_broker_url", "BROKER_URL")])
def test_an_address_that_is_missing_is_asked_for_when_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, address: str, variable: str
) -> None:
    settings = read(monkeypatch)
    with pytest.raises(ConfigurationError, match=f"{variable} is not set"):
        getattr(settings, address)


def test_no_secret_is_shown_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, **{name.upper(): f"hidden:{name}" for name in SECRETS})
    for shown in (repr(settings), str(settings), str(settings.model_dump())):
        assert "hidden" not in shown


def test_every_setting_that_looks_like_a_secret_is_treated_as_one() -> None:
    telling = ("token", "secret", "password", "api_key", "encryption_key", "basic_auth", "_url")
    open_ones = {"public_url", "graph_api_url", "media_url", "whatsapp_webhook_url"}
    found = {name for name in Settings.model_fields if any(part in name for part in telling)}
    assert found - open_ones == set(SECRETS)


def test_an_error_of_pydantics_own_does_not_show_values_either() -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(_env_file=None, port="hidden")
    assert "hidden" not in str(refused.value)


def test_the_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(monkeypatch)
    assert read(monkeypatch, PORT="9999") is first


@pytest.mark.parametrize(
    ("given", "own"), [("https://pay.example/", "https://pay.example"), ("", "http://127.0.0.1:8000")]
)
def test_the_own_address_has_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch, given: str, own: str) -> None:
    assert read(monkeypatch, PUBLIC_URL=given).own_url == own
