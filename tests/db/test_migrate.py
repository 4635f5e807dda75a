"""Migrations: up, down, up again, twice at once, and what `python -m db.migrate` says when it cannot."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from db import migrate, schema_version
from db.engine import build_engine
from db.models import Base
from tests.db.conftest import new_encryption_key

ROOT = Path(__file__).parents[2]
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits"
TODAY = range(1)

Said = tuple[int, str, str]


@pytest.fixture
def empty_engine(empty_database: str) -> Iterator[Engine]:
    engine = build_engine(empty_database)
    yield engine
    engine.dispose()


@pytest.fixture
def run(
    only_settings: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run db.migrate with these settings; return exit code, standard output and error."""

    def run(**given: str) -> Said:
        only_settings(**given)
        monkeypatch.setattr(sys, "argv", ["db.migrate"])
        code = migrate.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def names(engine: Engine, query: str) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(text(query)).scalars())


def revisions() -> list[str]:
    script = ScriptDirectory.from_config(migrate.alembic_config())
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def test_it_goes_up_from_nothing_down_to_nothing_and_up_again(empty_database: str, empty_engine: Engine) -> None:
    migrate.upgrade(empty_database, partitions=TODAY)
    made = names(empty_engine, TABLES)
    assert {table.name for table in Base.metadata.sorted_tables} < made
    migrate.downgrade(empty_database)
    assert names(empty_engine, TABLES) == {"alembic_version"}
    migrate.upgrade(empty_database, partitions=TODAY)
    assert names(empty_engine, TABLES) == made


def test_every_single_migration_goes_down_and_up_again(empty_database: str, empty_engine: Engine) -> None:
    for revision in revisions():
        migrate.upgrade(empty_database, revision, partitions=TODAY)
        before = names(empty_engine, TABLES)
        migrate.downgrade(empty_database, "-1")
        migrate.upgrade(empty_database, revision, partitions=TODAY)
        assert names(empty_engine, TABLES) == before


def test_migrations_and_models_describe_the_same_schema(database: str, engine: Engine) -> None:
    partitions = names(engine, PARTITIONS)

    def is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
        return not (kind == "table" and name in partitions)

    with engine.connect() as connection:
        options = {"include_object": is_ours, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


APPEND_OF_THE_RELEASE_BEFORE = """
WITH arrived AS (
    INSERT INTO inbox (id, body, secret_index) VALUES (gen_random_uuid(), 'body', 0)
    RETURNING id, received_at, octet_length(body) AS size
)
INSERT INTO inbox_queue (inbox_id, received_at, due_at, size) SELECT id, received_at, received_at, size FROM arrived
"""


def test_web_processes_of_the_release_before_go_on_storing_webhooks_after_the_migration(engine: Engine) -> None:
    with engine.begin() as connection:
        assert connection.execute(text(APPEND_OF_THE_RELEASE_BEFORE)).rowcount == 1


def test_a_database_that_lost_the_column_of_the_release_before_gets_it_back(
    empty_database: str, empty_engine: Engine
) -> None:
    migrate.upgrade(empty_database, "0006", partitions=TODAY)
    with empty_engine.begin() as connection:
        connection.execute(text("ALTER TABLE inbox DROP COLUMN secret_index"))
    migrate.upgrade(empty_database, partitions=TODAY)
    with empty_engine.begin() as connection:
        connection.execute(text(APPEND_OF_THE_RELEASE_BEFORE))


def test_every_table_of_a_tenant_names_it() -> None:
    unowned = {"inbox", "inbox_queue", "login_throttle", "pacing", "pair_pacing", "template_holds", "tenants"}
    assert {table.name for table in Base.metadata.sorted_tables if "tenant_id" not in table.c} == unowned


def test_the_newest_revision_is_alembics_head() -> None:
    assert schema_version.newest() == ScriptDirectory.from_config(migrate.alembic_config()).get_current_head()


def test_it_knows_whether_the_schema_is_current(empty_database: str, empty_engine: Engine) -> None:
    with empty_engine.connect() as connection:
        assert not schema_version.is_current(connection)
    migrate.upgrade(empty_database, partitions=TODAY)
    with empty_engine.connect() as connection:
        assert schema_version.is_current(connection)


def test_a_second_run_changes_nothing_and_a_run_takes_its_turn(database: str, run: Callable[..., Said]) -> None:
    given = {"DATABASE_URL": database, "WHATSAPP_ENCRYPTION_KEY": new_encryption_key()}
    code, out, _ = run(**given)
    assert (code, out.splitlines()[-1]) == (0, "migrate: the schema is current")
    assert "channel 106540352242922 of tenant default created" in out
    assert run(**given) == (0, "migrate: the schema is current\n", "")


def test_two_first_starts_at_once_take_turns(empty_database: str) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": empty_database,
        "WHATSAPP_ENCRYPTION_KEY": new_encryption_key(),
        "BOOTSTRAP_API_KEY": "pbk_twice",
    }
    command = [sys.executable, "-m", "db.migrate"]
    runs = [
        subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=60) for one in runs]
    assert [one.returncode for one in runs] == [0, 0], said
    with psycopg.connect(empty_database) as connection:
        counts = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            for table in ("tenants", "channels", "pacing", "api_keys")
        }
    assert set(counts.values()) == {(1,)}


def test_a_process_that_migrates_holds_the_other_back(empty_database: str, empty_engine: Engine) -> None:
    with empty_engine.connect() as holder:
        holder.execute(text("SELECT pg_advisory_lock(:key)"), {"key": migrate.ADVISORY_LOCK})
        with subprocess.Popen(
            [sys.executable, "-m", "db.migrate"],
            env={**os.environ, "DATABASE_URL": empty_database, "WHATSAPP_ENCRYPTION_KEY": new_encryption_key()},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        ) as other:
            waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            while not holder.execute(waiting).scalar_one():
                assert other.poll() is None
            assert names(empty_engine, TABLES) == set()
            holder.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": migrate.ADVISORY_LOCK})
            assert other.wait(60) == 0


MIGRATABLE = {"WHATSAPP_ENCRYPTION_KEY": new_encryption_key()}
REFUSED = [
    ("no address", {}, "DATABASE_URL is not set"),
    ("nobody there", {"DATABASE_URL": "postgresql://u:hidden@127.0.0.1:1/d"}, "Postgres cannot be reached"),
    ("no address at all", {"DATABASE_URL": "hidden"}, "DATABASE_URL"),
    ("a malformed number", {"DATABASE_URL": "postgresql://h/d", "PORT": "hidden"}, "PORT"),
    (
        "half of the credentials",
        {"WHATSAPP_ACCESS_TOKEN": "hidden"},
        "WHATSAPP_PHONE_NUMBER_ID is not: give both",
    ),
    ("no key", {"WHATSAPP_ENCRYPTION_KEY": ""}, "WHATSAPP_ENCRYPTION_KEY is not set"),
    ("a short key", {"WHATSAPP_ENCRYPTION_KEY": "hidden"}, "each key must be 32 bytes"),
]


@pytest.mark.parametrize(("_case", "given", "line"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_cannot_be_done_is_one_clear_line_and_exit_code_1(
    run: Callable[..., Said], database: str, _case: str, given: dict[str, str], line: str
) -> None:
    base = {} if _case == "no address" else {"DATABASE_URL": database, **MIGRATABLE}
    code, out, err = run(**{**base, **given})
    assert (code, out) == (1, "")
    assert line in err
    assert len(err.splitlines()) == 1
    assert err.startswith("migrate: ")
    assert "hidden" not in err


def test_a_schema_of_a_newer_version_is_told_apart(run: Callable[..., Said], database: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    code, out, err = run(DATABASE_URL=database, **MIGRATABLE)
    assert (code, out) == (1, "")
    assert "9999" in err
    assert len(err.splitlines()) == 1


def test_a_user_who_may_not_make_tables_is_told(run: Callable[..., Said], empty_database: str) -> None:
    with psycopg.connect(empty_database) as admin:
        admin.execute("DROP ROLE IF EXISTS reader")
        admin.execute("CREATE ROLE reader LOGIN PASSWORD 'reader'")
    as_reader = empty_database.replace(empty_database.split("//")[1].partition("@")[0], "reader:reader")
    code, out, err = run(DATABASE_URL=as_reader, **MIGRATABLE)
    assert (code, out) == (1, "")
    assert "permission denied" in err
    assert len(err.splitlines()) == 1
