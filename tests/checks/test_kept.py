"""What a test of the connection came to is kept with its time, and forgotten with the credentials it was made with."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from checks import kept
from checks.result import CheckResult
from checks.run import read, run
from db.bootstrap import bootstrap
from db.changes.channels import ChannelSettings, Wanted
from db.encryption import Keyring
from messaging.sentences import Sentence, packed, say, unpacked
from settings import Settings
from tests.checks.test_run import KEY
from tests.checks.test_run import settings as settings  # noqa: PLC0414 - a fixture
from tests.simulator.meta import Meta
from tests.tasks.conftest import meta as meta  # noqa: PLC0414 - a fixture
from tests.tasks.conftest import meta_process as meta_process  # noqa: PLC0414 - a fixture

AT_META = ("token", "scopes", "number", "quality", "waba", "subscribed_app", "fields", "public_url")
OWN = ("active", "app_secret", "webhook_verified", "last_event")


@pytest.fixture
def channel(engine: Engine, settings: Settings) -> tuple[UUID, UUID]:
    """Tenant and id of the first channel."""
    bootstrap(settings)
    with engine.connect() as connection:
        tenant_id, channel_id = connection.execute(text("SELECT tenant_id, id FROM channels")).one()
    return tenant_id, channel_id


def known(engine: Engine, settings: Settings, channel: tuple[UUID, UUID]) -> dict[str, CheckResult]:
    with engine.connect() as connection:
        found = read(connection, *channel)
    assert found is not None
    return {result.name: result for result in kept.known(found, settings)}


def check(engine: Engine, settings: Settings, channel: tuple[UUID, UUID], **given: Any) -> dict[str, CheckResult]:
    results = run(engine.begin, settings.model_copy(update=given), *channel, public_url=True)
    assert results is not None
    return {result.name: result for result in results}


def test_every_light_says_later_what_the_test_said_and_when(
    engine: Engine,
    settings: Settings,
    channel: tuple[UUID, UUID],
) -> None:
    assert {known(engine, settings, channel)[name].state for name in AT_META} == {"unknown"}
    tested = check(engine, settings, channel)
    later = known(engine, settings, channel)
    assert set(later) == {*AT_META, *OWN}
    assert {name: (later[name].state, later[name].detail) for name in later} == {
        name: (tested[name].state, tested[name].detail) for name in tested
    }
    assert all(later[name].checked_at for name in AT_META)


def test_what_cannot_be_asked_leaves_what_was_known(
    engine: Engine,
    settings: Settings,
    channel: tuple[UUID, UUID],
) -> None:
    check(engine, settings, channel)
    assert check(engine, settings, channel, graph_api_url="http://127.0.0.1:9")["waba"].state == "unknown"
    assert known(engine, settings, channel)["waba"].state == "ok"


def test_a_refusal_is_kept_until_the_daily_look_knows_better(
    engine: Engine,
    settings: Settings,
    channel: tuple[UUID, UUID],
    meta: Meta,
) -> None:
    check(engine, settings, channel)
    meta.control("settings", token_expired=True)
    check(engine, settings, channel)
    assert known(engine, settings, channel)["number"].state == "error"
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE channels SET number_checked_at = now() + :later"), {"later": timedelta(hours=1)}
        )
    assert known(engine, settings, channel)["number"].state == "ok"


def test_another_token_or_account_or_secret_is_not_tested_yet(
    engine: Engine,
    settings: Settings,
    channel: tuple[UUID, UUID],
) -> None:
    for changed in (Wanted(access_token="EAAG-x" * 5), Wanted(waba_id="777000111"), Wanted(app_secret="s" * 32)):
        check(engine, settings, channel)
        with engine.begin() as connection:
            ChannelSettings(connection, Keyring([KEY]), channel[0], "test").update(channel[1], changed)
        assert known(engine, settings, channel)["subscribed_app"].state == "unknown"


def test_a_name_that_changes_forgets_nothing(
    engine: Engine,
    settings: Settings,
    channel: tuple[UUID, UUID],
) -> None:
    check(engine, settings, channel)
    with engine.begin() as connection:
        ChannelSettings(connection, Keyring([KEY]), channel[0], "test").update(channel[1], Wanted(name="Sales"))
    assert known(engine, settings, channel)["waba"].state == "ok"


def test_a_kept_sentence_can_still_be_said_in_another_language() -> None:
    sentence = Sentence("Set it {count} times. {how}", count=2, how=(Sentence("By hand."), "x"))
    assert unpacked(packed(sentence)) == sentence
    words = {"Set it {count} times. {how}": "{how} ¡{count} veces!"}
    assert say(unpacked(packed(sentence)), lambda text: words.get(text, text)) == "By hand., x ¡2 veces!"
    assert unpacked(packed("as it is")) == "as it is"
