"""/metrics: everything that an alert would use, and nothing secret or personal."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text

import db.engine
from db.engine import WEB_TIMEOUTS, get_engine
from db.queries import brakes, claims
from observability import metrics as verbs
from settings import get_settings
from tests.rows import CUSTOMER, Place, add_channel, add_message, change, put_in_inbox, text_item, webhook
from web.metrics import blueprint

NAMED = {
    "accepted and refused webhooks": "paperboy_webhooks",
    "inbox depth": "paperboy_inbox_rows",
    "age of the oldest row": "paperboy_inbox_oldest_seconds",
    "processing lag from Meta's timestamp": "paperboy_processing_lag_seconds",
    "sends by outcome, attempts": "paperboy_sends",
    "retry verdicts": "paperboy_send_errors",
    "task durations": "paperboy_task_seconds",
    "messages that wait": "paperboy_outbox_rows",
    "how late they are": "paperboy_outbox_overdue_seconds",
    "paused channels": "paperboy_channel_paused",
    "rings": "paperboy_rings",
    "webhook items": "paperboy_webhook_items",
    "calls to Meta": "paperboy_send_seconds",
    "brakes": "paperboy_brakes",
    "Postgres": "paperboy_postgres_up",
}

Scrape = Callable[[], dict[tuple[str, frozenset[tuple[str, str]]], float]]


@pytest.fixture
def configured(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    get_settings.cache_clear()
    db.engine._engine_of.cache_clear()
    yield
    get_engine(options=WEB_TIMEOUTS).dispose()
    db.engine._engine_of.cache_clear()
    get_settings.cache_clear()


@pytest.fixture
def body(configured: None) -> Callable[[], str]:
    app = Flask(__name__)
    app.register_blueprint(blueprint)

    def get() -> str:
        answer = app.test_client().get("/metrics")
        assert answer.status_code == 200
        assert answer.mimetype == "text/plain"
        return answer.text

    return get


@pytest.fixture
def scrape(body: Callable[[], str]) -> Scrape:
    def scrape() -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(body())
            for sample in family.samples
        }

    return scrape


@pytest.fixture
def place(engine: Engine) -> Place:
    with engine.begin() as connection:
        return add_channel(connection)


def value(found: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def test_every_figure_that_was_promised_is_there(body: Callable[[], str]) -> None:
    told = {family.name for family in text_string_to_metric_families(body())}
    assert {promise: name for promise, name in NAMED.items() if name not in told} == {}


def test_what_the_verbs_count_is_told(scrape: Scrape) -> None:
    before = scrape().get(("paperboy_webhooks_total", frozenset({("answer", "wrong_signature")})), 0)
    verbs.record_webhook("wrong_signature")
    assert value(scrape(), "paperboy_webhooks_total", answer="wrong_signature") == before + 1


def test_what_waits_is_counted_where_it_waits(scrape: Scrape, engine: Engine, place: Place) -> None:
    put_in_inbox(engine, webhook(change(messages=[text_item()])), b"{}")
    with engine.begin() as connection:
        for _ in range(3):
            add_message(connection, place)
        claims.claim(connection, place.channel_id, 1)
        connection.execute(text("UPDATE inbox_queue SET received_at = now() - interval '90 s'"))
        connection.execute(text("UPDATE outbox SET due_at = now() - interval '30 s' WHERE state = 'waiting'"))
    found = scrape()
    assert value(found, "paperboy_inbox_rows") == 2
    assert 90 <= value(found, "paperboy_inbox_oldest_seconds") < 120
    assert value(found, "paperboy_outbox_rows", state="waiting") == 2
    assert value(found, "paperboy_outbox_rows", state="claimed") == 1
    assert 30 <= value(found, "paperboy_outbox_overdue_seconds", state="waiting") < 60
    assert value(found, "paperboy_outbox_overdue_seconds", state="claimed") == 0
    assert value(found, "paperboy_postgres_up") == 1


def test_a_paused_channel_is_told_with_its_code(scrape: Scrape, engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        brakes.pause_channel(connection, place.channel_id, code=190, reason="Access token has expired")
    found = scrape()
    assert value(found, "paperboy_channel_paused", phone_number_id=place.phone_number_id, code="190") == 1


def test_nothing_personal_is_told(body: Callable[[], str], engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        add_message(connection, place)
    told = body()
    assert CUSTOMER[1:] not in told
    assert "hello" not in told


@pytest.mark.usefixtures("configured")
def test_without_postgres_what_was_counted_is_told_all_the_same(
    scrape: Scrape, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@127.0.0.1:1/d")
    get_settings.cache_clear()
    db.engine._engine_of.cache_clear()
    found = scrape()
    assert value(found, "paperboy_postgres_up") == 0
    assert any(name == "paperboy_webhook_group_size_count" for name, _ in found)
    assert not any(name == "paperboy_inbox_rows" for name, _ in found), "no figure is better than a wrong one"
