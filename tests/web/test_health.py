"""/health: alive, ready, and S4.17's own form."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
import redis
from apiflask import APIFlask
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from db.ids import new_id
from db.migrate import upgrade
from embedded.postgres import Postgres
from settings import Settings
from tests.waiting import wait_for
from web.api.app import create_api_app
from web.api.services import EXTENSION
from web.within import ANSWER_SECONDS
from worker import heartbeats
from worker.queues import QUEUES

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@contextmanager
def api(database: str, **settings: Any) -> Iterator[APIFlask]:
    app = create_api_app(Settings(_env_file=None, database_url=database, **settings))
    yield app
    app.extensions[EXTENSION].database.close()


def ready(database: str, **settings: Any) -> TestResponse:
    with api(database, **settings) as app:
        return app.test_client().get("/health/ready")


def test_alive_asks_nobody() -> None:
    with api(NOWHERE) as app:
        assert app.test_client().get("/health/live").json == {"status": "alive"}


@pytest.fixture
def lively(redis_url: str) -> Iterator[redis.Redis]:
    """A Redis in which one worker for each queue has written just now."""
    with redis.Redis.from_url(redis_url) as client:
        for queue in QUEUES:
            heartbeats.write(client, f"{queue}@here", [queue])
        yield client


def grow_old(client: redis.Redis, name: str, seconds: float) -> None:
    line = orjson.loads(client.hget(heartbeats.KEY, name))
    client.hset(heartbeats.KEY, name, orjson.dumps({**line, "at": line["at"] - seconds}).decode())


def test_workers_that_wrote_lately_are_shown_with_their_queues(
    database: str, lively: redis.Redis, redis_url: str
) -> None:
    workers = ready(database, redis_url=redis_url).json["checks"]["workers"]
    assert workers["ok"] is True
    assert [(one["name"], one["queues"]) for one in workers["alive"]] == [
        (f"{queue}@here", [queue]) for queue in sorted(QUEUES)
    ]
    assert all(one["seconds_ago"] < 10 for one in workers["alive"])


def test_a_silent_worker_is_missed_and_does_not_decide(database: str, lively: redis.Redis, redis_url: str) -> None:
    grow_old(lively, "send@here", heartbeats.LATELY_SECONDS)
    answer = ready(database, redis_url=redis_url)
    workers = answer.json["checks"]["workers"]
    assert (answer.status_code, workers["ok"]) == (200, False)
    assert workers["detail"] == "No worker answered lately for: send."
    assert {one["name"] for one in workers["alive"]} == {f"{queue}@here" for queue in QUEUES} - {"send@here"}


def test_a_worker_long_gone_is_forgotten_when_another_writes(lively: redis.Redis) -> None:
    grow_old(lively, "send@here", heartbeats.FORGET_SECONDS + 1)
    heartbeats.write(lively, "send@there", ["send"])
    taking = {f"{queue}@here" for queue in QUEUES if queue != "send"} | {"send@there"}
    assert {state.name for state in heartbeats.workers(lively)} == taking


def test_while_redis_is_away_nobody_claims_to_know_the_workers(database: str) -> None:
    answer = ready(database, redis_url="redis://127.0.0.1:1/0")
    workers = answer.json["checks"]["workers"]
    assert (answer.status_code, workers["ok"], workers["inbox_rows"]) == (200, False, 0)
    assert workers["detail"] == "Redis does not tell which workers live."


@pytest.mark.usefixtures("lively")
def test_ready_names_each_check(database: str, redis_url: str) -> None:
    answer = ready(database, redis_url=redis_url)
    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert set(answer.json["checks"]) == {
        "postgres",
        "migrations",
        "webhook_secret",
        "verify_token",
        "redis",
        "workers",
        "channels",
    }
    assert all(check["ok"] for check in answer.json["checks"].values())


def test_without_postgres_it_is_not_ready_and_says_so_in_time() -> None:
    begun = time.monotonic()
    answer = ready(NOWHERE)
    assert time.monotonic() - begun < 2
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert answer.json["checks"]["postgres"] == {"ok": False, "detail": "OperationalError"}
    assert answer.json["checks"]["migrations"]["ok"] is False


def test_an_old_schema_is_not_ready(database: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = ready(database)
    assert answer.status_code == 503
    assert answer.json["checks"]["postgres"]["ok"] is True
    assert "db.migrate" in answer.json["checks"]["migrations"]["detail"]


@pytest.mark.parametrize(
    ("secret", "named"),
    [("", "not set"), ("development-app-secret", "development-app-secret"), ("your-app-secret,", "your-app-secret")],
)
def test_a_missing_or_placeholder_secret_is_not_ready_and_the_item_says_which_s1_1_s1_2(
    database: str, secret: str, named: str
) -> None:
    answer = ready(database, whatsapp_app_secret=secret, whatsapp_access_token="a token")
    item = answer.json["checks"]["webhook_secret"]
    assert (answer.status_code, item["ok"]) == (503, False)
    assert "WHATSAPP_APP_SECRET" in item["detail"]
    assert named in item["detail"]


def test_one_usable_secret_among_several_is_enough(database: str) -> None:
    answer = ready(database, whatsapp_app_secret="development-app-secret,real", whatsapp_access_token="a token")
    assert answer.status_code == 200
    assert "real" not in answer.text.replace("ready", "")


def test_a_missing_verify_token_is_shown_and_does_not_decide_s1_1(database: str) -> None:
    answer = ready(database, whatsapp_app_secret="real", whatsapp_access_token="a token")
    item = answer.json["checks"]["verify_token"]
    assert (answer.status_code, item["ok"]) == (200, False)
    assert "WHATSAPP_VERIFY_TOKEN" in item["detail"]


def test_redis_away_is_shown_and_does_not_decide(database: str) -> None:
    answer = ready(database, redis_url="redis://127.0.0.1:1/0")
    assert (answer.status_code, answer.json["checks"]["redis"]["ok"]) == (200, False)


def test_a_frozen_redis_delays_the_answer_by_a_third_of_a_second_at_most(database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen, api(database) as plain:
        plain.test_client().get("/health/ready")
        with api(database, redis_url=f"redis://127.0.0.1:{frozen.getsockname()[1]}/0") as app:
            client = app.test_client()
            client.get("/health/ready")
            begun = time.monotonic()
            plain.test_client().get("/health/ready")
            without = time.monotonic() - begun
            begun = time.monotonic()
            answer = client.get("/health/ready")
            assert time.monotonic() - begun - without < 0.35
    assert (answer.status_code, answer.json["checks"]["redis"]["ok"]) == (200, False)


def test_a_password_of_redis_is_never_shown(database: str) -> None:
    assert "hunter2" not in ready(database, redis_url="redis://:hunter2@127.0.0.1:1/0").text


def test_work_that_nobody_takes_is_shown_and_does_not_decide(database: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO inbox_queue (inbox_id, received_at, due_at, size) "
                "VALUES (:id, now() - interval '5 minutes', now(), 1)"
            ),
            {"id": new_id()},
        )
    answer = ready(database)
    workers = answer.json["checks"]["workers"]
    assert (answer.status_code, workers["ok"], workers["inbox_rows"]) == (200, False, 1)
    assert 299 < workers["inbox_oldest_seconds"] < 330


@pytest.mark.parametrize("path", ["/health", "/api/v2/whatsapp/health"])
def test_the_founding_health_has_its_shape_s4_17(path: str) -> None:
    with api(NOWHERE) as app:
        answer = app.test_client().get(path).json
    assert set(answer) == {"status", "service", "timestamp", "apiConfigured", "mode"}
    assert (answer["status"], answer["apiConfigured"], answer["mode"]) == ("OK", True, "simulator")
    with api(NOWHERE, graph_api_url="https://graph.facebook.com") as app:
        answer = app.test_client().get(path).json
    assert (answer["apiConfigured"], answer["mode"]) == (False, "cloud_api")


@pytest.fixture
def own_server(server_dir: Path) -> Iterator[Postgres]:
    server = Postgres(server_dir / f"hangs-{time.monotonic_ns()}", durable=False)
    server.start()
    upgrade(server.url)
    yield server
    server.stop("immediate")


@contextmanager
def hanging(server: Postgres) -> Iterator[None]:
    """Its processes stand still; no connection ends."""
    assert server.process is not None
    family = psutil.Process(server.process.pid)
    processes = [family, *family.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def test_while_postgres_hangs_it_is_not_ready_and_says_so_in_time(own_server: Postgres) -> None:
    with api(own_server.url, whatsapp_app_secret="real", whatsapp_access_token="a token") as app:
        client = app.test_client()
        assert client.get("/health/ready").status_code == 200
        with hanging(own_server):
            begun = time.monotonic()
            answers = [client.get("/health/ready") for _ in range(3)]
            assert time.monotonic() - begun < 3 * (ANSWER_SECONDS + 1)
        assert {answer.status_code for answer in answers} == {503}
        details = [answer.json["checks"]["postgres"]["detail"] for answer in answers]
        assert set(details) <= {f"No answer within {ANSWER_SECONDS:g} s.", "ConnectionTimeout"}
        wait_for(lambda: client.get("/health/ready").status_code == 200)
