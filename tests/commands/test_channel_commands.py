"""`flask secrets`, `flask channels`, `flask doctor`: what they do, say, and refuse."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from commands.channels import group as channels
from commands.doctor import command as doctor
from commands.secrets import group as secrets
from db import sealed
from db.bootstrap import bootstrap
from db.encryption import Keyring
from settings import get_settings
from tests.db.conftest import new_encryption_key
from tests.db.conftest import only_settings as only_settings  # noqa: PLC0414 - a fixture

OLD, NEW = new_encryption_key(), new_encryption_key()
TOKEN = "EAAG-planted-token-of-a-command"


@pytest.fixture
def flask(only_settings: Callable[..., None], database: str) -> Callable[..., Result]:
    """Run a command against this test's database, which has had its first start."""

    def run(command: Any, *arguments: str, key: str = OLD, given: str | None = None) -> Result:
        only_settings(
            DATABASE_URL=database,
            WHATSAPP_ENCRYPTION_KEY=key,
            GRAPH_API_URL="http://127.0.0.1:9",
            WHATSAPP_ACCESS_TOKEN="EAAG-first",
            WHATSAPP_PHONE_NUMBER_ID="5550001",
            WHATSAPP_APP_SECRET="s" * 32,
            WHATSAPP_VERIFY_TOKEN="verify",
        )
        return CliRunner().invoke(command, arguments, input=given)

    run(secrets, "--help")
    bootstrap(get_settings())
    return run


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query)))


def test_rotate_tells_how_far_it_is_and_a_second_run_has_nothing_to_do(
    flask: Callable[..., Result], engine: Engine
) -> None:
    done = flask(secrets, "rotate", key=f"{NEW},{OLD}")
    assert (done.exit_code, "2 secrets encrypted with the first key" in done.output) == (0, True)
    [row] = rows(engine, "SELECT access_token FROM channels")
    assert Keyring([NEW]).decrypt(row.access_token, sealed.ACCESS_TOKEN) == "EAAG-first"
    assert "0 secrets encrypted" in flask(secrets, "rotate", key=f"{NEW},{OLD}").output
    assert flask(secrets, "check", key=NEW).exit_code == 0


def test_rotate_without_the_old_key_loses_nothing_and_asks_for_it(flask: Callable[..., Result], engine: Engine) -> None:
    before = rows(engine, "SELECT access_token FROM channels")
    refused = flask(secrets, "rotate", key=NEW)
    assert (refused.exit_code, "keep the old keys" in refused.output) == (1, True)
    assert rows(engine, "SELECT access_token FROM channels") == before
    assert flask(secrets, "check", key=NEW).exit_code == 1


def test_a_number_is_connected_listed_and_changed_and_its_token_is_never_shown(
    flask: Callable[..., Result], engine: Engine
) -> None:
    made = flask(channels, "create", "--phone-number-id", "5550002", "--name", "Desk", given=f"{TOKEN}\n")
    channel_id = made.output.split()[-1]
    assert made.exit_code == 0
    listed = flask(channels, "list")
    assert (channel_id in listed.output, "5550002" in listed.output) == (True, True)
    assert flask(channels, "update", channel_id, "--inactive").exit_code == 0
    assert "switched off" in flask(channels, "list").output
    assert TOKEN not in made.output + listed.output
    audited = rows(engine, "SELECT actor, action FROM audit_log ORDER BY id")
    assert audited == [("cli", "channel.connected"), ("cli", "channel.changed")]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["create", "--phone-number-id", "abc", "--token-file", "-"], "--phone-number-id: "),
        (["create", "--phone-number-id", "5550001", "--token-file", "-"], "connected already"),
        (["list", "--tenant", "nobody"], 'There is no tenant "nobody"'),
        (["update", "01a1fbd3-125a-7773-9696-91b050502188", "--name", "x"], "There is no such channel"),
        (["check", "01a1fbd3-125a-7773-9696-91b050502188"], "There is no such channel"),
    ],
)
def test_what_is_refused_is_one_clear_line_and_exit_code_1(
    flask: Callable[..., Result], arguments: list[str], line: str
) -> None:
    refused = flask(channels, *arguments, given=TOKEN)
    assert (refused.exit_code, line in refused.output) == (1, True)
    assert len(refused.stderr.splitlines()) == 1
    assert TOKEN not in refused.output


def test_the_doctor_looks_at_the_installation_and_at_every_channel(flask: Callable[..., Result]) -> None:
    told = flask(doctor)
    for name in ("schema", "encryption", "public_url", "token", "app_secret", "last_event"):
        assert f"{name}: " in told.output
    assert "default: number 5550001" in told.output
    assert told.exit_code == 0


def test_the_doctor_is_alarmed_by_a_wrong_key(flask: Callable[..., Result]) -> None:
    told = flask(doctor, key=NEW)
    assert (told.exit_code, "add that key to the list" in told.output) == (1, True)
