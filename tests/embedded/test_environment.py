"""What child processes get: absolute, complete, and the same secrets at the next start."""

import stat
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest

from embedded.environment import Stores, api_key, build_environment, local_url
from settings import DATABASE_URL_FILE, Settings

STORES = Stores("postgresql://…", "amqp://…", "redis://…")


@pytest.fixture(autouse=True)
def _without_the_developers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def configured(directory: Path, **values: Any) -> Settings:
    return Settings(_env_file=None, data_dir=directory, **values)


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    first = build_environment(configured(tmp_path), STORES)
    again = build_environment(configured(tmp_path), STORES)
    for variable, file in (("BOOTSTRAP_API_KEY", "api_key"), ("WHATSAPP_ENCRYPTION_KEY", "encryption_key")):
        assert first[variable] == again[variable]
        assert stat.S_IMODE((tmp_path / file).stat().st_mode) == 0o600
    assert len(urlsafe_b64decode(first["WHATSAPP_ENCRYPTION_KEY"])) == 32


def test_given_secrets_are_used_and_not_kept(tmp_path: Path) -> None:
    given = configured(
        tmp_path, bootstrap_api_key="given-key", whatsapp_encryption_key="new,old", database_url="postgresql://…"
    )
    environment = build_environment(given, STORES)
    assert environment["BOOTSTRAP_API_KEY"] == api_key(given) == "given-key"
    assert environment["WHATSAPP_ENCRYPTION_KEY"] == "new,old"
    assert {path.name for path in tmp_path.iterdir()} == {"metrics", "beat"}


def test_the_command_line_finds_the_embedded_postgres_of_the_last_start(tmp_path: Path) -> None:
    for url in ("postgresql://first", "postgresql://second"):
        build_environment(configured(tmp_path), Stores(url, "redis://…", "redis://…"))
    kept = tmp_path / DATABASE_URL_FILE
    assert kept.read_text().strip() == "postgresql://second"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_the_metrics_of_the_last_run_are_gone(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").touch()
    environment = build_environment(configured(tmp_path), STORES)
    assert list(Path(environment["PROMETHEUS_MULTIPROC_DIR"]).iterdir()) == []


def test_the_stores_are_passed_on(tmp_path: Path) -> None:
    environment = build_environment(configured(tmp_path), STORES)
    assert environment["DATABASE_URL"] == STORES.database_url
    assert environment["BROKER_URL"] == STORES.broker_url
    assert environment["REDIS_URL"] == STORES.redis_url


def test_an_empty_password_for_flower_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWER_BASIC_AUTH", "")
    assert "FLOWER_BASIC_AUTH" not in build_environment(configured(tmp_path), STORES)


def test_the_password_for_flower_is_passed_on(tmp_path: Path) -> None:
    environment = build_environment(configured(tmp_path, flower_basic_auth="ana:secret"), STORES)
    assert environment["FLOWER_BASIC_AUTH"] == "ana:secret"


@pytest.mark.parametrize(
    ("bind_host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("192.168.1.5", "http://192.168.1.5:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_the_public_address_is_where_this_machine_reaches_us(bind_host: str, expected: str, tmp_path: Path) -> None:
    settings = configured(tmp_path, bind_host=bind_host)
    assert local_url(settings, settings.port) == expected
    assert build_environment(settings, STORES)["PUBLIC_URL"] == expected


def test_a_given_public_address_is_kept(tmp_path: Path) -> None:
    settings = configured(tmp_path, public_url="https://example.com/paperboy")
    assert build_environment(settings, STORES)["PUBLIC_URL"] == "https://example.com/paperboy"
