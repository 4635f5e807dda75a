"""Keys of requests are forgotten in time."""

from datetime import timedelta

from sqlalchemy import Engine

from db.queries import idempotency
from db.queries.idempotency import FirstAnswer
from tasks import housekeeping
from tests.rows import Place
from tests.tasks.housekeeping.state import change_rows, rows


def test_keys_of_requests_that_nobody_repeats_any_more_are_forgotten(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        for key in ("old", "young"):
            idempotency.claim(connection, place.tenant_id, key, FirstAnswer(b"digest", 202, {}))
    age = housekeeping.FORGET_KEYS_AFTER
    change_rows(engine, "UPDATE idempotency_keys SET created_at = now() - :age WHERE key = 'old'", age=age)
    change_rows(
        engine,
        "UPDATE idempotency_keys SET created_at = now() - :age WHERE key = 'young'",
        age=age - timedelta(minutes=1),
    )
    housekeeping.forget_idempotency_keys()
    assert rows(engine, "SELECT key FROM idempotency_keys") == [("young",)]
