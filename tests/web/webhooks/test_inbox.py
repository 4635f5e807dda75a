"""Group commit: durable before the answer, few statements, and never a caller that waits for ever."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from db.migrate import upgrade
from embedded.postgres import Postgres
from tests.waiting import wait_for
from web.webhooks.inbox import ANSWER_WITHIN_SECONDS, Inbox, NotStoredError

SIGNER = UUID(int=1)
LIMIT_SECONDS = 2.0
"""What the receiver promises when Postgres is gone."""


def count(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM inbox").fetchone()[0]  # type: ignore[index]


class CountingConnection(psycopg.Connection[Any]):
    """A real connection that counts its statements and lets a test hold the first one back."""

    statements = 0
    gate = threading.Event()
    entered = threading.Event()

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        type(self).entered.set()
        type(self).gate.wait(10)
        type(self).statements += 1
        return super().execute(*args, **kwargs)


def test_what_append_returned_for_is_committed_with_its_queue_row(database: str) -> None:
    inbox = Inbox(database, on_stored=lambda: None)
    inbox_id = inbox.append(b"body", SIGNER)
    with psycopg.connect(database) as other:
        row = other.execute(
            "SELECT i.id, i.body, i.app_secret_id, q.attempts, q.size FROM inbox i JOIN inbox_queue q ON q.inbox_id = i.id"
        ).fetchone()
    assert row == (inbox_id, b"body", SIGNER, 0, 4)


def test_all_that_wait_together_share_one_statement(database: str) -> None:
    CountingConnection.statements = 0
    CountingConnection.gate.clear()
    inbox = Inbox(database, on_stored=lambda: None, connection_class=CountingConnection)
    with ThreadPoolExecutor(30) as threads:
        appends = [threads.submit(inbox.append, b"first", SIGNER)]
        assert CountingConnection.entered.wait(10)
        appends += [threads.submit(inbox.append, b"%d" % n, SIGNER) for n in range(29)]
        wait_for(lambda: inbox.waiting == 29)
        CountingConnection.gate.set()
        ids = {append.result() for append in appends}
    assert len(ids) == count(database) == 30
    assert CountingConnection.statements == 2


def test_it_reconnects_by_itself_when_its_connection_was_cut(database: str) -> None:
    inbox = Inbox(database, on_stored=lambda: None)
    inbox.append(b"one", SIGNER)
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'paperboy inbox'"
        )
    inbox.append(b"two", SIGNER)
    assert count(database) == 2


@pytest.fixture
def held(database: str) -> Iterator[Inbox]:
    """An inbox whose writer hangs in its first statement."""
    CountingConnection.gate.clear()
    CountingConnection.entered.clear()
    inbox = Inbox(database, on_stored=lambda: None, connection_class=CountingConnection)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(inbox.append, b"first", SIGNER)
        assert CountingConnection.entered.wait(10)
        yield inbox
        CountingConnection.gate.set()
        first.exception()


def test_bodies_of_callers_that_gave_up_are_let_go_while_postgres_hangs(held: Inbox) -> None:
    body = bytes(1_000)
    kept = sys.getrefcount(body)
    for _ in range(2):
        with pytest.raises(NotStoredError):
            held.append(body, SIGNER)
    assert (held.waiting, held._waiting_bytes, sys.getrefcount(body)) == (0, 0, kept)


def test_more_than_a_process_may_hold_is_refused_at_once(held: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.webhooks.inbox.MAX_WAITING_BYTES", 1_000)
    with ThreadPoolExecutor(1) as threads:
        waits = threads.submit(held.append, bytes(600), SIGNER)
        wait_for(lambda: held.waiting)
        begun = time.monotonic()
        with pytest.raises(NotStoredError):
            held.append(bytes(600), SIGNER)
        assert time.monotonic() - begun < 0.5
        CountingConnection.gate.set()
        waits.result()
    held.append(bytes(600), SIGNER)
    assert held._waiting_bytes == 0


@pytest.fixture
def own_server(server_dir: Path) -> Iterator[Postgres]:
    server = Postgres(server_dir / f"own-{time.monotonic_ns()}")
    server.start()
    upgrade(server.url)
    yield server
    if server.process and server.process.poll() is None:
        server.stop("immediate")


def test_while_postgres_is_down_callers_are_refused_at_once_and_served_again_after_it_is_back(
    own_server: Postgres,
) -> None:
    url = own_server.url
    inbox = Inbox(url, on_stored=lambda: None)
    inbox.append(b"before", SIGNER)
    own_server.stop("immediate")
    started = time.monotonic()
    with pytest.raises(NotStoredError):
        inbox.append(b"lost to us, kept by Meta", SIGNER)
    assert time.monotonic() - started < LIMIT_SECONDS
    again = Postgres(own_server.data_dir, port=int(url.rsplit(":", 1)[1].split("/")[0]))
    again.start()
    try:
        inbox.append(b"after", SIGNER)
        assert count(url) == 2
    finally:
        again.stop("immediate")


def test_while_postgres_hangs_callers_are_refused_in_time_and_served_again_after_it_goes_on(database: str) -> None:
    inbox = Inbox(database, on_stored=lambda: None)
    inbox.append(b"before", SIGNER)
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE inbox_queue IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        with pytest.raises(NotStoredError):
            inbox.append(b"hangs", SIGNER)
        assert ANSWER_WITHIN_SECONDS <= time.monotonic() - started < LIMIT_SECONDS
    deadline = time.monotonic() + 10
    while True:
        try:
            inbox.append(b"after", SIGNER)
            break
        except NotStoredError:
            assert time.monotonic() < deadline
    with psycopg.connect(database) as connection:
        bodies = {bytes(row[0]) for row in connection.execute("SELECT body FROM inbox")}
    assert {b"before", b"after"} <= bodies
