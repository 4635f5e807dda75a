"""Given stores are used, absent ones are started, and nothing more."""

from pathlib import Path
from typing import Any

import pytest

from embedded.environment import Stores
from embedded.failure import StartFailure
from embedded.postgres import Postgres
from embedded.redis import Redis
from embedded.stores import provide_stores
from settings import Settings


@pytest.fixture
def started() -> list[str]:
    return []


def provide(started: list[str], directory: Path, **given: Any) -> Stores:
    absent: dict[str, Any] = {"database_url": None, "broker_url": None, "redis_url": None}
    settings = Settings(_env_file=None, data_dir=directory, **absent | given)
    return provide_stores(settings, lambda name, server: started.append(name))


def test_with_given_stores_nothing_is_started(
    started: list[str], tmp_path: Path, postgres_server: Postgres, redis_server: Redis
) -> None:
    stores = provide(started, tmp_path, database_url=postgres_server.url, broker_url=redis_server.url)
    assert stores == Stores(postgres_server.url, redis_server.url, redis_server.url)
    assert started == []


def test_a_driver_in_the_address_is_understood(
    started: list[str], tmp_path: Path, postgres_server: Postgres, redis_server: Redis
) -> None:
    url = postgres_server.url.replace("postgresql:", "postgresql+psycopg:")
    assert provide(started, tmp_path, database_url=url, broker_url=redis_server.url).database_url == url


def test_absent_stores_are_started(started: list[str], tmp_path: Path) -> None:
    provide(started, tmp_path)
    assert started == ["postgres", "redis"]


def test_a_given_redis_beside_no_broker_is_used_beside_an_embedded_one(
    started: list[str], tmp_path: Path, postgres_server: Postgres, redis_server: Redis
) -> None:
    stores = provide(started, tmp_path, database_url=postgres_server.url, redis_url=redis_server.url)
    assert started == ["redis"]
    assert stores.redis_url == redis_server.url != stores.broker_url


def test_a_password_that_breaks_its_address_is_not_quoted(started: list[str], tmp_path: Path) -> None:
    with pytest.raises(StartFailure) as failure:
        provide(started, tmp_path, database_url="postgresql://paperboy:sec ret#pw@127.0.0.1/x")
    assert "%23" in str(failure.value)
    assert "ret" not in str(failure.value).replace("written", "")
