"""Tokens are looked at once a day: what Meta says of them and of their numbers is known, and told ahead of time."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

import db.engine
from db.encryption import Keyring
from db.queries import channel_credentials
from db.queries.channel_credentials import TokenKnowledge
from db.sealed import ACCESS_TOKEN
from settings import get_settings
from simulator import defaults
from tasks import graph_clients, token_check
from tasks.account_knowledge import knowledge
from tests.db.conftest import new_encryption_key
from tests.db.conftest import only_settings as only_settings  # noqa: PLC0414 - a fixture
from tests.rows import Place, add_channel
from tests.simulator.meta import Meta
from whatsapp.account import NEEDED_SCOPES, TokenFacts
from whatsapp.graph import NotSent

KEY = new_encryption_key()
CACHES = (get_settings, graph_clients.graph_client, graph_clients._keyring, db.engine._engine_of)


@pytest.fixture
def configured(only_settings: Callable[..., None], database: str, meta: Meta) -> Iterator[None]:
    for cache in CACHES:
        cache.cache_clear()
    only_settings(
        DATABASE_URL=database,
        WHATSAPP_ENCRYPTION_KEY=KEY,
        GRAPH_API_URL=meta.address,
        WHATSAPP_APP_SECRET=defaults.APP_SECRET,
        BROKER_URL="redis://127.0.0.1:1/0",
    )
    yield
    db.engine.get_engine().dispose()
    for cache in CACHES:
        cache.cache_clear()


@pytest.fixture
def channel(engine: Engine) -> Place:
    sealed = Keyring([KEY]).encrypt(defaults.ACCESS_TOKEN, ACCESS_TOKEN)
    with engine.begin() as connection:
        return add_channel(connection, access_token=sealed)


def row(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM channels")).one()


def test_what_meta_says_of_token_and_number_is_kept(configured: None, engine: Engine, channel: Place) -> None:
    token_check.check_tokens()
    known = row(engine)
    assert (known.token_is_valid, known.token_expires_at, known.token_problem) == (True, None, None)
    assert set(known.token_scopes) == set(NEEDED_SCOPES)
    assert (known.token_app_id, known.verified_name) == (defaults.APP_ID, defaults.VERIFIED_NAME)
    assert (known.quality_rating, known.throughput_level) == ("GREEN", "STANDARD")
    assert known.display_phone_number == defaults.DISPLAY_PHONE_NUMBER


def test_a_token_that_meta_refuses_is_known_as_such(
    configured: None, engine: Engine, channel: Place, meta: Meta
) -> None:
    meta.control("settings", token_expired=True)
    token_check.check_tokens()
    assert row(engine).token_is_valid is False
    assert "190" in row(engine).token_problem


def test_what_was_checked_within_a_day_is_left_alone(
    configured: None, engine: Engine, channel: Place, meta: Meta
) -> None:
    token_check.check_tokens()
    before = meta.look("stats")["calls"]
    token_check.check_tokens()
    assert meta.look("stats")["calls"] == before


def test_a_meta_that_is_away_takes_nothing_from_what_is_known(engine: Engine, channel: Place) -> None:
    expires = datetime(2027, 1, 1, tzinfo=UTC)
    with engine.begin() as connection:
        channel_credentials.note_token(connection, channel.channel_id, TokenKnowledge(True, expires, None, ("a",), "1"))
        channel_credentials.note_token(connection, channel.channel_id, knowledge(NotSent("refused")))
    assert (row(engine).token_is_valid, row(engine).token_expires_at) == (True, expires)
    assert row(engine).token_problem


@pytest.mark.parametrize(("days", "is_told"), [(13, True), (15, False)])
def test_an_expiry_is_told_two_weeks_ahead(
    capsys: pytest.CaptureFixture[str], channel: Place, days: int, is_told: bool
) -> None:
    token = TokenFacts(True, datetime.now(UTC) + timedelta(days=days, hours=1), None, NEEDED_SCOPES, "1")
    wanted = channel_credentials.ChannelToCheck(channel.channel_id, channel.tenant_id, "1", "sealed", None)
    token_check._tell(wanted, knowledge(token))
    assert ("token.expires_soon" in capsys.readouterr().out) == is_told


def test_the_days_left_are_for_the_metrics(engine: Engine, channel: Place) -> None:
    expires = datetime.now(UTC) + timedelta(days=10)
    with engine.begin() as connection:
        channel_credentials.note_token(connection, channel.channel_id, TokenKnowledge(True, expires))
        [life] = channel_credentials.token_lives(connection)
    assert life.days_left == pytest.approx(10, abs=0.01)
