"""`flask …`: found in the checkout, explained, refused in one line, and silent about secrets."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from sqlalchemy import Engine

from commands import GROUPS
from db.api_keys import digest_of
from db.passwords import compare
from db.queries import api_keys
from settings import DATABASE_URL_FILE
from tests.commands.conftest import Flask
from tests.web.api.world import change, rows

ROOT = Path(__file__).parents[2]
PASSWORD = "a long enough password"
COMMANDS = [(group, command) for group in GROUPS for command in group.commands.values()]


def refused(result: Any) -> str:
    """Return the one line of a refusal."""
    assert result.exit_code == 1, result.output
    [line] = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert result.stdout == ""
    return str(line).removeprefix("Error: ")


def test_flask_alone_finds_the_commands_in_the_checkout_without_any_setting() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "FLASK_APP")}
    run = subprocess.run(
        [Path(sys.executable).with_name("flask"), "--help"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    listed = {line.split()[0] for line in run.stdout.partition("Commands:")[2].splitlines() if line.strip()}
    assert listed >= {group.name for group in GROUPS}


@pytest.mark.parametrize(("group", "command"), COMMANDS, ids=lambda one: str(one.name))
def test_every_command_and_option_is_explained(group: click.Group, command: click.Command) -> None:
    assert group.help
    assert command.help
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help, (
            f"{group.name} {command.name} {parameter.name}"
        )


def test_no_password_is_an_argument() -> None:
    for group, command in COMMANDS:
        for parameter in command.params:
            is_told = "password" in str(parameter.name) and not getattr(parameter, "is_flag", False)
            assert not is_told, f"{group.name} {command.name}"


def test_a_tenant_is_made_once_and_listed(flask: Flask, tenants: None) -> None:
    assert flask("tenants", "create", "acme", "--name", "Acme Inc").exit_code == 0
    assert refused(flask("tenants", "create", "acme")) == 'There is a tenant "acme" already.'
    assert "lower-case" in refused(flask("tenants", "create", "Ac Me"))
    lines = flask("tenants", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["TENANT", "acme", "default", "other"]
    assert "Acme Inc" in lines[1]


@pytest.mark.parametrize(
    ("options", "typed"), [((), f"{PASSWORD}\n{PASSWORD}\n"), (("--password-stdin",), f"{PASSWORD}\n")]
)
def test_a_user_is_made_with_a_password_that_is_never_shown(
    flask: Flask, tenants: None, engine: Engine, options: tuple[str, ...], typed: str
) -> None:
    made = flask("users", "create", "Ana", "--role", "owner", "--tenant", "other", *options, typed=typed)
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output
    [user] = rows(engine, "SELECT u.*, t.slug FROM users u JOIN tenants t ON t.id = u.tenant_id")
    assert (user.login, user.role, user.slug) == ("ana", "owner", "other")
    assert compare(user.password_hash, PASSWORD).is_right
    assert PASSWORD not in str(rows(engine, "SELECT * FROM audit_log"))


@pytest.mark.parametrize(
    ("arguments", "typed", "line"),
    [
        (("create", "ana"), "tiny\n", "The password is too short"),
        (("create", "ana"), "", "Standard input has no password"),
        (("create", "a b"), f"{PASSWORD}\n", "A login has"),
        (("create", "ana", "--tenant", "nobody"), f"{PASSWORD}\n", 'There is no tenant "nobody".'),
        (("password", "nobody"), f"{PASSWORD}\n", "There is no user with this login."),
    ],
)
@pytest.mark.usefixtures("tenants")
def test_a_refused_user_is_one_line(
    flask: Flask, engine: Engine, arguments: tuple[str, ...], typed: str, line: str
) -> None:
    said = refused(flask("users", *arguments, "--password-stdin", typed=typed))
    assert said.startswith(line)
    assert not typed or typed.strip() not in said
    assert rows(engine, "SELECT FROM users") == []


def test_a_new_password_and_switching_off_end_all_sessions(flask: Flask, tenants: None, engine: Engine) -> None:
    for login in ("ana", "bob"):
        flask("users", "create", login, "--role", "owner", "--password-stdin", typed=f"{PASSWORD}\n")
    assert flask("users", "password", "ANA", "--password-stdin", typed="another long password\n").exit_code == 0
    assert flask("users", "deactivate", "ana").exit_code == 0
    found = rows(engine, "SELECT session_epoch, is_active, password_hash FROM users WHERE login = 'ana'")
    assert found[0][:2] == (2, False)
    assert compare(found[0].password_hash, "another long password").is_right
    assert "last owner" in refused(flask("users", "deactivate", "bob"))
    listed = flask("users", "list").stdout
    assert [line.split()[0] for line in listed.splitlines()] == ["LOGIN", "bob", "ana"]


def test_an_invitation_is_a_link_on_standard_output(flask: Flask, tenants: None, engine: Engine) -> None:
    made = flask("users", "invite", "eva", "--role", "viewer", PUBLIC_URL="https://paperboy.example/")
    assert made.stdout.startswith("https://paperboy.example/invitation/pbi_")
    assert len(made.stdout.splitlines()) == 1
    assert made.stdout.strip().rpartition("/")[2] not in str(rows(engine, "SELECT * FROM invitations, audit_log"))


def test_a_key_is_shown_once_listed_by_its_prefix_and_revoked_by_it(
    flask: Flask, tenants: None, engine: Engine
) -> None:
    made = flask("keys", "create", "erp", "--scope", "send", "--days", "30")
    key = made.stdout.strip()
    with engine.connect() as connection:
        known = api_keys.find(connection, digest_of(key))
    assert known is not None
    assert (known.scopes, known.expires_at is not None) == ({"send"}, True)
    listed = flask("keys", "list").stdout
    assert key[:12] in listed
    assert key not in listed
    assert key not in flask("audit", "list").stdout
    assert "begins so" in refused(flask("keys", "revoke", key[:12], "--tenant", "other"))
    assert "no such API key" in refused(flask("keys", "revoke", str(known.id), "--tenant", "other"))
    assert flask("keys", "revoke", key[:12]).exit_code == 0
    with engine.connect() as connection:
        assert api_keys.find(connection, digest_of(key)) is None


def test_two_keys_that_begin_alike_are_told_apart_by_id(flask: Flask, tenants: None, engine: Engine) -> None:
    for name in ("a", "b"):
        flask("keys", "create", name)
    change(engine, "UPDATE api_keys SET prefix = 'pbk_alike'")
    assert refused(flask("keys", "revoke", "pbk_alike")).startswith("Several API keys begin so")
    [chosen, *_] = rows(engine, "SELECT id FROM api_keys WHERE name = 'a'")
    assert flask("keys", "revoke", str(chosen.id)).exit_code == 0
    assert rows(engine, "SELECT name FROM api_keys WHERE revoked_at IS NOT NULL") == [("a",)]


def test_every_change_stands_in_the_audit_log(flask: Flask, tenants: None) -> None:
    flask("keys", "create", "erp")
    flask("users", "invite", "eva")
    lines = flask("audit", "list", "--limit", "2").stdout.splitlines()
    assert [line.split()[3] for line in lines[1:]] == ["user.invited", "key.created"]
    assert all(" cli " in line for line in lines[1:])


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("", "DATABASE_URL is not set"),
        ("hidden", "DATABASE_URL is no address"),
        ("postgresql://u:hidden@127.0.0.1:1/d", "Postgres cannot be reached"),
    ],
)
def test_no_database_is_one_line_without_its_password(flask: Flask, url: str, line: str) -> None:
    said = refused(flask("tenants", "list", DATABASE_URL=url))
    assert said.startswith(line)
    assert "hidden" not in said


def test_another_schema_is_one_line(flask: Flask, engine: Engine) -> None:
    change(engine, "UPDATE alembic_version SET version_num = '0001'")
    assert "python -m db.migrate" in refused(flask("tenants", "list"))


def test_the_embedded_postgres_is_found(flask: Flask, database: str, tenants: None, tmp_path: Path) -> None:
    (tmp_path / DATABASE_URL_FILE).write_text(f"{database}\n")
    assert "other" in flask("tenants", "list", DATABASE_URL="", DATA_DIR=str(tmp_path)).stdout
