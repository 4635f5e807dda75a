"""The rate limit: by API key, with Retry-After, and open when it fails."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine

from settings import Settings
from tests.web.api.world import Business, Caller, add_key
from web.api.app import create_api_app
from web.api.limit_storage import MOST_COUNTERS, CounterStorage
from web.api.services import EXTENSION


@pytest.fixture
def narrow_app(database: str) -> Iterator[APIFlask]:
    app = create_api_app(Settings(_env_file=None, database_url=database, api_rate_limit="3/minute"))
    yield app
    app.extensions[EXTENSION].database.close()


@pytest.fixture
def narrow(narrow_app: APIFlask, business: Business) -> Caller:
    return Caller(narrow_app.test_client(), business.key)


def test_one_request_too_many_is_told_when_to_come_back(narrow: Caller) -> None:
    assert [narrow.get("/v1/messages").status_code for _ in range(3)] == [200] * 3
    refused = narrow.get("/v1/events")
    assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")
    assert refused.content_type == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_on_a_founding_url_it_has_the_founding_shape(narrow: Caller) -> None:
    answers = [narrow.get("/message-statuses") for _ in range(4)]
    assert (answers[-1].status_code, answers[-1].json["success"]) == (429, False)
    assert "Retry-After" in answers[-1].headers


def test_every_key_has_its_own_allowance(
    narrow_app: APIFlask, narrow: Caller, engine: Engine, business: Business
) -> None:
    for _ in range(4):
        last = narrow.get("/v1/messages")
    with engine.begin() as connection:
        other = Caller(narrow_app.test_client(), add_key(connection, business.tenant_id))
    assert (last.status_code, other.get("/v1/messages").status_code) == (429, 200)


def test_guessing_keys_is_limited_by_address(narrow_app: APIFlask, business: Business) -> None:
    guesses = [Caller(narrow_app.test_client(), f"guess-{n}").get("/v1/messages").status_code for n in range(4)]
    assert guesses == [401, 401, 401, 429]


def test_health_and_documentation_are_never_limited(narrow: Caller) -> None:
    for path in ("/health", "/health/live", "/health/ready", "/openapi.json", "/docs"):
        assert {narrow.client.get(path).status_code for _ in range(5)} == {200}


def test_a_broken_counter_lets_the_request_through(narrow: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> int:
        raise RuntimeError("no counter")

    monkeypatch.setattr(CounterStorage, "incr", broken)
    assert [narrow.get("/v1/messages").status_code for _ in range(5)] == [200] * 5


def test_a_window_ends_and_old_counters_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("web.api.limit_storage.time.time", lambda: now[0])
    storage = CounterStorage()
    assert [storage.incr("a", 10) for _ in range(3)] == [1, 2, 3]
    assert (storage.get("a"), storage.get_expiry("a"), storage.check()) == (3, 1010.0, True)
    now[0] = 1010.0
    assert (storage.get("a"), storage.incr("a", 10)) == (0, 1)
    storage.clear("a")
    assert storage.get("a") == 0
    for number in range(MOST_COUNTERS + 5):
        storage.incr(str(number), 10)
    now[0] = 1030.0
    storage.incr("new", 10)
    assert storage.reset() == 1
