"""Databases without a schema, and the environment of a first start."""

import base64
import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from embedded.postgres import Postgres
from settings import Settings, get_settings

_numbers = itertools.count(1)


def new_encryption_key() -> str:
    """Return a key as WHATSAPP_ENCRYPTION_KEY takes it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def empty_database(postgres_server: Postgres) -> Iterator[str]:
    """Address of a database without any table."""
    name = sql.Identifier(f"empty_{next(_numbers)}")
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield postgres_server.url_of(name.as_string(admin).strip('"'))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def only_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Let the process's settings be exactly those given, whatever this machine's environment and .env say."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.lower() in Settings.model_fields or name.startswith("WHATSAPP_"):
            monkeypatch.delenv(name)

    def use(**given: str) -> None:
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()

    yield use
    get_settings.cache_clear()
