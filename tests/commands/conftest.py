"""The command line on a database of its own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from commands import create_command_app
from settings import Settings, get_settings
from tests.web.api.world import add_business

Flask = Callable[..., Result]


@pytest.fixture
def flask(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Flask]:
    """Run `flask …`; `typed` is what comes on standard input."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", database)
    get_settings.cache_clear()
    runner, app = CliRunner(), create_command_app()

    def run(*arguments: str, typed: str | None = None, **variables: Any) -> Result:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        return runner.invoke(app.cli, list(arguments), input=typed, obj=None, prog_name="flask")

    yield run
    get_settings.cache_clear()


@pytest.fixture
def tenants(engine: Engine) -> None:
    """The tenants "default" and "other"."""
    with engine.begin() as connection:
        for slug in ("default", "other"):
            add_business(connection, slug, channel=False)
