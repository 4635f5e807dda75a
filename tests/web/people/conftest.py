"""The pages beside the API, on a database of their own, with two tenants' people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from db import passwords
from db.changes import people
from settings import Settings
from tests.db.conftest import new_encryption_key
from tests.web.api.world import add_business
from tests.web.people.browser import Browser
from web.api.services import EXTENSION, create_services
from web.pages.app import create_pages_app

PASSWORD = "a long enough password"
KEY = new_encryption_key()


@dataclass(frozen=True)
class Person:
    """A user who can log in with PASSWORD."""

    id: UUID
    tenant_id: UUID
    login: str


@pytest.fixture(scope="session")
def password_hash() -> str:
    return passwords.hashed(PASSWORD)


@pytest.fixture
def settings(database: str) -> Settings:
    return Settings(
        _env_file=None, database_url=database, whatsapp_encryption_key=KEY, public_url="https://paperboy.example"
    )


@pytest.fixture
def make_pages(database: str) -> Iterator[Any]:
    """Make the pages with other settings."""
    made: list[Flask] = []

    def make(**given: Any) -> Flask:
        settings = Settings(_env_file=None, **{"database_url": database, "whatsapp_encryption_key": KEY, **given})
        made.append(create_pages_app(settings, create_services(settings)))
        return made[-1]

    yield make
    for app in made:
        app.extensions[EXTENSION].database.close()


@pytest.fixture
def pages(make_pages: Any) -> Flask:
    return make_pages()


def add_person(engine: Engine, tenant_id: UUID, login: str, role: str, password_hash: str) -> Person:
    with engine.begin() as connection:
        row = people.create(
            connection, tenant_id, actor="test", login=login, name=login.title(), role=role, password_hash=password_hash
        )
    return Person(row.id, tenant_id, login)


@pytest.fixture
def tenant_id(engine: Engine) -> UUID:
    with engine.begin() as connection:
        return add_business(connection, "default", channel=False).tenant_id


@pytest.fixture
def ana(engine: Engine, tenant_id: UUID, password_hash: str) -> Person:
    return add_person(engine, tenant_id, "ana", "owner", password_hash)


@pytest.fixture
def browser(pages: Flask) -> Browser:
    return Browser(pages.test_client())


@pytest.fixture
def client(pages: Flask) -> FlaskClient:
    return pages.test_client()
