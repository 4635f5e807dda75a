"""Pages and API side by side: each looks at its own credentials only."""

from typing import Any

import pytest
from sqlalchemy import Engine
from werkzeug.test import Client

from settings import Settings
from tests.db.conftest import new_encryption_key
from tests.web.api.world import Business, add_business
from tests.web.people.browser import TOKEN

PASSWORD = "a long enough password"
KEY = new_encryption_key()


@pytest.fixture
def business(engine: Engine) -> Business:
    from db.changes import people
    from db.passwords import hashed

    with engine.begin() as connection:
        made = add_business(connection, "default", channel=False)
        people.create(
            connection, made.tenant_id, actor="test", login="ana", name="Ana", role="owner",
            password_hash=hashed(PASSWORD),
        )  # fmt: skip
    return made


@pytest.fixture
def front_door(database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The whole application, as Granian serves it."""
    from settings import get_settings

    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("BROKER_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("WHATSAPP_ENCRYPTION_KEY", KEY)
    get_settings.cache_clear()
    made: list[Any] = []
    monkeypatch.setattr("web.api.services.Database", lambda url: made.append(_database(url)) or made[-1])
    from web.wsgi import create_app

    yield Client(create_app(Settings(_env_file=None)))
    for database_of_app in made:
        database_of_app.close()
    get_settings.cache_clear()


def _database(url: str) -> Any:
    from web.api.database import Database

    return Database(url)


def log_in(client: Client) -> None:
    token = TOKEN.search(client.get("/login").text)
    assert token is not None
    fields = {"login": "ana", "password": PASSWORD, "csrf_token": token[1]}
    assert client.post("/login", data=fields).status_code == 303
    assert client.get("/account").status_code == 200


def test_a_cookie_opens_no_api_and_a_key_opens_no_page(front_door: Client, business: Business) -> None:
    log_in(front_door)
    for path in ("/v1/keys", "/v1/users", "/v1/audit", "/v1/messages", "/message-statuses"):
        answer = front_door.get(path)
        assert answer.status_code == 401, path
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
    bearer = {"Authorization": f"Bearer {business.key}"}
    with_key = Client(front_door.application)
    assert with_key.get("/v1/keys", headers=bearer).status_code == 200
    assert with_key.get("/account", headers=bearer).status_code == 302


def test_every_surface_is_reached(front_door: Client, business: Business) -> None:
    statuses = {path: front_door.get(path).status_code for path in ("/login", "/docs", "/health/live", "/webhook", "/")}
    assert statuses == {"/login": 200, "/docs": 200, "/health/live": 200, "/webhook": 400, "/": 302}
