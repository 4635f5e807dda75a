"""The connection checks against Meta's stand-in: each light tells what was found and what to do."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from checks import account_checks
from checks.meta import Answers
from checks.public_url import check_public_url
from checks.result import CheckResult, worst
from checks.run import run
from db.bootstrap import bootstrap
from settings import Settings
from simulator import defaults
from tests.db.conftest import new_encryption_key
from tests.simulator.meta import Meta
from tests.tasks.conftest import meta as meta  # noqa: PLC0414 - a fixture
from tests.tasks.conftest import meta_process as meta_process  # noqa: PLC0414 - a fixture
from whatsapp.account import NEEDED_SCOPES, NumberFacts, TokenFacts

KEY = new_encryption_key()
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def settings(database: str, meta: Meta) -> Settings:
    return Settings(
        _env_file=None,
        database_url=database,
        whatsapp_encryption_key=KEY,
        graph_api_url=meta.address,
        whatsapp_access_token=defaults.ACCESS_TOKEN,
        whatsapp_phone_number_id=defaults.PHONE_NUMBER_ID,
        whatsapp_business_account_id=defaults.WABA_ID,
        whatsapp_app_secret=defaults.APP_SECRET,
        WHATSAPP_VERIFY_TOKEN="verify",
    )


def lights(engine: Engine, settings: Settings) -> dict[str, CheckResult]:
    with engine.connect() as connection:
        tenant_id, channel_id = connection.execute(text("SELECT tenant_id, id FROM channels")).one()
    results = run(engine.begin, settings, tenant_id, channel_id)
    assert results is not None
    return {result.name: result for result in results}


def test_a_channel_that_works_is_green_and_what_has_not_happened_yet_is_yellow(
    engine: Engine, settings: Settings
) -> None:
    bootstrap(settings)
    found = lights(engine, settings)
    assert {name: result.state for name, result in found.items()} == {
        "token": "ok",
        "scopes": "ok",
        "number": "ok",
        "quality": "ok",
        "waba": "ok",
        "subscribed_app": "ok",
        "fields": "ok",
        "active": "ok",
        "app_secret": "ok",
        "webhook_verified": "warning",
        "last_event": "warning",
    }
    assert defaults.DISPLAY_PHONE_NUMBER in found["number"].detail
    assert all(result.advice for result in found.values() if result.state != "ok")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT token_is_valid, fields_subscribed FROM channels")).one()
    assert tuple(row) == (True, ["messages"])


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"whatsapp_access_token": "EAAG-wrong"}, "token"),
        ({"whatsapp_phone_number_id": "999999"}, "number"),
        ({"whatsapp_business_account_id": "999999"}, "waba"),
    ],
)
def test_what_is_wrong_is_red_with_what_to_do(
    engine: Engine, settings: Settings, given: dict[str, Any], name: str
) -> None:
    bootstrap(settings.model_copy(update={}))
    wrong = {
        "whatsapp_access_token": "UPDATE channels SET access_token = :value",
        "whatsapp_phone_number_id": "UPDATE channels SET phone_number_id = :value",
        "whatsapp_business_account_id": "UPDATE channels SET waba_id = :value",
    }
    from db.encryption import Keyring
    from db.sealed import ACCESS_TOKEN

    [(field, value)] = given.items()
    stored = Keyring([KEY]).encrypt(value, ACCESS_TOKEN) if name == "token" else value
    with engine.begin() as connection:
        connection.execute(text(wrong[field]), {"value": stored})
    light = lights(engine, settings)[name]
    assert light.state == "error"
    assert light.advice
    assert value not in str(light)


def test_without_a_way_to_meta_nothing_is_called_wrong(engine: Engine, settings: Settings) -> None:
    bootstrap(settings)
    unreachable = settings.model_copy(update={"graph_api_url": "http://127.0.0.1:9"})
    found = lights(engine, unreachable)
    assert found["token"].state == "unknown"
    assert not [light for light in found.values() if light.state == "error"]


def test_a_channel_of_another_tenant_is_not_checked(engine: Engine, settings: Settings) -> None:
    import uuid

    bootstrap(settings)
    with engine.connect() as connection:
        channel_id = connection.execute(text("SELECT id FROM channels")).scalar_one()
    assert run(engine.begin, settings, uuid.uuid4(), channel_id) is None


@pytest.mark.parametrize(("days", "state"), [(1, "warning"), (13, "warning"), (15, "ok")])
def test_a_token_that_ends_soon_is_yellow_two_weeks_ahead(days: int, state: str) -> None:
    token = TokenFacts(True, NOW + timedelta(days=days), None, NEEDED_SCOPES, "1")
    assert account_checks.check_token(Answers(token=token), NOW).state == state


def test_missing_scopes_are_named() -> None:
    token = TokenFacts(True, None, None, NEEDED_SCOPES[:1], "1")
    light = account_checks.check_scopes(Answers(token=token))
    assert (light.state, NEEDED_SCOPES[1] in light.detail) == ("error", True)


@pytest.mark.parametrize(("rating", "state"), [("GREEN", "ok"), ("YELLOW", "warning"), ("RED", "error"), ("NA", "ok")])
def test_quality_has_metas_colours(rating: str, state: str) -> None:
    answers = Answers(number=NumberFacts("+1", "Shop", rating, "STANDARD"))
    assert account_checks.check_quality(answers).state == state


def test_an_app_that_is_not_subscribed_is_red() -> None:
    token = TokenFacts(True, None, None, NEEDED_SCOPES, "1")
    others = [{"whatsapp_business_api_data": {"id": "2"}}]
    for apps in ([], others):
        assert account_checks.check_subscription(Answers(token=token, apps=apps), "7770001").state == "error"


def test_a_number_of_another_account_is_red() -> None:
    assert account_checks.check_waba(Answers(numbers=[{"id": "1"}]), "7770001", "2").state == "error"


def test_without_the_field_messages_nothing_is_reported_and_that_is_red() -> None:
    light = account_checks.check_fields(Answers(subscription=("https://x/webhook", ("account_update",))))
    assert (light.state, "messages" in light.detail) == ("error", True)


@pytest.fixture
def somebody_else() -> Iterator[str]:
    """The address of a service that is not ours."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", "tests/checks"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().split("port ")[1].split()[0]
        yield f"http://127.0.0.1:{port}"
        process.kill()


def test_a_public_address_that_leads_elsewhere_or_nowhere_is_red(somebody_else: str) -> None:
    assert check_public_url(None).state == "warning"
    assert check_public_url("http://127.0.0.1:9").state == "error"
    elsewhere = check_public_url(somebody_else)
    assert (elsewhere.state, "404" in elsewhere.detail) == ("error", True)


def test_the_worst_light_stands_for_all() -> None:
    ok, unknown, error = (CheckResult("x", state, "") for state in ("ok", "unknown", "error"))  # type: ignore[arg-type]
    assert [worst([ok]), worst([ok, unknown]), worst([ok, unknown, error])] == ["ok", "warning", "error"]
