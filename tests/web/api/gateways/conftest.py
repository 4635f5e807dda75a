"""The API with a key that may do everything and one that only reads."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from werkzeug.test import Client

from settings import Settings
from tests.db.conftest import only_settings as only_settings  # noqa: PLC0414 - a fixture
from tests.tasks.conftest import meta as meta  # noqa: PLC0414 - a fixture
from tests.tasks.conftest import meta_process as meta_process  # noqa: PLC0414 - a fixture
from tests.web.api.gateways.world import FRIEND, KEY, Caller
from tests.web.api.world import Business, add_key
from web.api.app import create_api_app
from web.api.services import EXTENSION


@pytest.fixture
def app(only_settings: Callable[..., None], database: str) -> Iterator[Any]:
    from settings import get_settings
    from tasks import gateway_clients

    only_settings(
        DATABASE_URL=database,
        WHATSAPP_ENCRYPTION_KEY=KEY,
        BROKER_URL="redis://127.0.0.1:1/0",
        SESSION_CORS_ORIGINS=FRIEND,
        PUBLIC_URL="https://paperboy.example.com",
    )
    gateway_clients.gateway_client.cache_clear()
    app = create_api_app(Settings(_env_file=None))
    yield app
    app.extensions[EXTENSION].database.close()
    get_settings.cache_clear()
    gateway_clients.gateway_client.cache_clear()


@pytest.fixture
def admin(app: Any, engine: Engine, business: Business) -> Caller:
    with engine.begin() as connection:
        return Caller(Client(app), add_key(connection, business.tenant_id, ("send", "read", "settings")))


@pytest.fixture
def reader(app: Any, engine: Engine, business: Business) -> Caller:
    with engine.begin() as connection:
        return Caller(Client(app), add_key(connection, business.tenant_id, ("read",)))
