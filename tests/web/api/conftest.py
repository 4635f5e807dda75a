"""The API on a database of its own, with two businesses that must never see each other."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine

from settings import Settings
from tests.db.conftest import new_encryption_key
from tests.web.api.world import Business, Caller, add_business
from web.api.app import create_api_app
from web.api.services import EXTENSION

KEY = new_encryption_key()


@pytest.fixture
def settings(database: str) -> Settings:
    return Settings(_env_file=None, database_url=database, api_rate_limit="100000/second", whatsapp_encryption_key=KEY)


@pytest.fixture
def app(settings: Settings) -> Iterator[APIFlask]:
    made = create_api_app(settings)
    yield made
    made.extensions[EXTENSION].database.close()


@pytest.fixture
def business(engine: Engine) -> Business:
    with engine.begin() as connection:
        return add_business(connection, "default")


@pytest.fixture
def other_business(engine: Engine, business: Business) -> Business:
    with engine.begin() as connection:
        return add_business(connection, "other")


@pytest.fixture
def caller(app: APIFlask, business: Business) -> Caller:
    return Caller(app.test_client(), business.key)


@pytest.fixture
def other_caller(app: APIFlask, other_business: Business) -> Caller:
    return Caller(app.test_client(), other_business.key)
