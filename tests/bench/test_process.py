"""What is processed is what the receiver would have stored."""

import psycopg

from bench.process import put_in_inbox


def test_webhooks_are_put_where_workers_look_for_them(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        put_in_inbox(connection, [b"one", b"other"])
        assert connection.execute("SELECT body FROM inbox ORDER BY body").fetchall() == [(b"one",), (b"other",)]
        assert connection.execute("SELECT count(*) FROM inbox_queue").fetchone() == (2,)
