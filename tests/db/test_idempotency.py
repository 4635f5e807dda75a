"""First answers to requests with a key."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from sqlalchemy import Engine

from db.queries import idempotency
from db.queries.idempotency import FirstAnswer
from tests.rows import add_channel

FIRST = FirstAnswer(b"digest", 202, {"id": "1"})


def test_a_key_is_claimed_once_and_found_with_its_answer(engine: Engine) -> None:
    with engine.begin() as connection:
        tenant_id = add_channel(connection).tenant_id
        assert idempotency.find(connection, tenant_id, "k") is None
        assert idempotency.claim(connection, tenant_id, "k", FIRST)
        assert not idempotency.claim(connection, tenant_id, "k", FirstAnswer(b"other", 200, {}))
        assert idempotency.find(connection, tenant_id, "k") == FIRST


def test_tenants_have_keys_of_their_own(engine: Engine) -> None:
    with engine.begin() as connection:
        first = add_channel(connection).tenant_id
        second = add_channel(connection, "other", "2").tenant_id
        assert idempotency.claim(connection, first, "k", FIRST)
        assert idempotency.find(connection, second, "k") is None
        assert idempotency.claim(connection, second, "k", FIRST)


def test_an_answer_can_be_amended(engine: Engine) -> None:
    with engine.begin() as connection:
        tenant_id = add_channel(connection).tenant_id
        idempotency.claim(connection, tenant_id, "k", FIRST)
        idempotency.amend(connection, tenant_id, "k", 200, {"id": "2"})
        assert idempotency.find(connection, tenant_id, "k") == FirstAnswer(b"digest", 200, {"id": "2"})


def test_who_comes_second_waits_and_wins_when_the_first_gives_up(engine: Engine) -> None:
    with engine.begin() as connection:
        tenant_id = add_channel(connection).tenant_id
    asked = Event()

    def second() -> bool:
        with engine.begin() as connection:
            asked.set()
            return idempotency.claim(connection, tenant_id, "k", FIRST)

    with ThreadPoolExecutor(1) as pool:
        with engine.connect() as connection:
            assert idempotency.claim(connection, tenant_id, "k", FIRST)
            waiting = pool.submit(second)
            assert asked.wait(5)
            connection.rollback()
        assert waiting.result(5)
