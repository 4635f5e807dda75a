"""The first user's password in the embedded default: made up, told once, kept nowhere."""

from pathlib import Path
from typing import Any

import pytest

from db.bootstrap import ADMIN_CREATED
from embedded.admin import first_password, is_new
from messaging.people import check_password
from settings import Settings


@pytest.fixture(autouse=True)
def _without_the_developers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_it_is_another_one_each_time_and_keeps_to_the_rules() -> None:
    made = [first_password(Settings(_env_file=None)) for _ in range(2)]
    assert made[0] != made[1]
    assert all(password and check_password(password, "admin") for password in made)


@pytest.mark.parametrize(
    "given",
    [
        {"bootstrap_admin_password": "given by somebody"},
        {"env": "production", "whatsapp_access_token": "t", "whatsapp_encryption_key": "k"},
    ],
)
def test_none_is_made_up_when_one_is_given_or_in_production(given: dict[str, Any]) -> None:
    assert first_password(Settings(_env_file=None, **given)) is None


def test_it_is_told_only_by_the_start_that_made_the_user(tmp_path: Path) -> None:
    log = tmp_path / "migrate.log"
    log.write_text("migrate: the schema is current\n")
    assert not is_new(log)
    log.write_text(f"{ADMIN_CREATED}\nmigrate: the schema is current\n")
    assert is_new(log)
