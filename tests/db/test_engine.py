"""Connections: one engine a process, time limits that the server knows, nothing shared over a fork."""

import os
import socket
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

import db.engine
from db.engine import WORKER_TIMEOUTS, build_engine, get_engine, libpq_url, sqlalchemy_url

ADDRESSES = ["postgresql://u:p%40ss@h:5/d", "postgres://u:p%40ss@h:5/d", "postgresql+psycopg://u:p%40ss@h:5/d"]


def backend(engine: Engine) -> int:
    """Process id of the server's side of a connection."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT pg_backend_pid()")).scalar_one()


def in_child(work: Callable[[], object]) -> str:
    """Do `work` in a forked child; return what it returned, as text."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write, str(work()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        told = answer.read()
    os.waitpid(pid, 0)
    return told


@pytest.fixture
def configured(database: str, only_settings: Callable[..., None]) -> Iterator[None]:
    only_settings(DATABASE_URL=database)
    db.engine._engine_of.cache_clear()
    yield
    get_engine().dispose()
    db.engine._engine_of.cache_clear()


@pytest.mark.usefixtures("configured")
def test_a_process_has_one_engine() -> None:
    assert get_engine() is get_engine()


@pytest.mark.usefixtures("configured")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_a_connection_of_its_own_and_leaves_its_parents_alone() -> None:
    before = backend(get_engine())
    assert int(in_child(lambda: backend(get_engine()))) != before
    assert backend(get_engine()) == before


@pytest.mark.usefixtures("configured")
def test_engines_with_different_time_limits_do_not_push_each_other_out() -> None:
    worker, web = get_engine(), get_engine(options="-c statement_timeout=5s")
    assert worker is not web
    assert (get_engine(), get_engine(options="-c statement_timeout=5s")) == (worker, web)


def test_every_session_has_the_workers_time_limits(database: str) -> None:
    engine = build_engine(database, application="paperboy test")
    with engine.connect() as connection:
        shown = {
            name: connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "application_name")
        }
    engine.dispose()
    assert shown["application_name"] == "paperboy test"
    assert {f"{name}={value}" for name, value in shown.items()} >= set(WORKER_TIMEOUTS.replace("-c ", "").split())


def test_a_connection_that_was_cut_is_replaced_before_it_is_used(database: str) -> None:
    engine, admin = build_engine(database), build_engine(database)
    cut = backend(engine)
    with admin.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": cut})
    assert backend(engine) != cut
    engine.dispose()
    admin.dispose()


def test_a_server_that_is_not_there_is_an_error_within_two_seconds() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        engine = build_engine(f"postgresql://u:hidden@127.0.0.1:{taken.getsockname()[1]}/d")
        with pytest.raises(OperationalError) as refused, engine.connect():
            pass
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_with_and_without_a_driver_mean_the_same(address: str) -> None:
    assert sqlalchemy_url(address) == "postgresql+psycopg://u:p%40ss@h:5/d"
    assert libpq_url(address) == "postgresql://u:p%40ss@h:5/d"
