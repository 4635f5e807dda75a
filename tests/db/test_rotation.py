"""Rotating the encryption key: whatever happens on the way, no secret is lost and the rest is done the next time."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from db import app_secrets, rotation, sealed
from db.encryption import EncryptionError, Keyring
from db.ids import new_id
from db.queries import app_secrets as secret_queries
from db.rotation import Progress
from tests.db.conftest import new_encryption_key
from tests.rows import add_channel

OLD, NEW = new_encryption_key(), new_encryption_key()
BEFORE, ROTATING, AFTER = Keyring([OLD]), Keyring([NEW, OLD]), Keyring([NEW])


@pytest.fixture
def secrets_of_five(engine: Engine) -> dict[str, str]:
    """Purpose and place → the plain secret, of five channels, encrypted with the old key."""
    plain = {}
    with engine.begin() as connection:
        for number in range(5):
            place = add_channel(
                connection,
                phone_number_id=f"55500{number}",
                access_token=BEFORE.encrypt(f"token {number}", sealed.ACCESS_TOKEN),
            )
            connection.execute(
                text("UPDATE channels SET verify_token = :sealed WHERE id = :id"),
                {"id": place.channel_id, "sealed": BEFORE.encrypt(f"verify {number}", sealed.VERIFY_TOKEN)},
            )
            secret_queries.add(
                connection,
                place.tenant_id,
                place.channel_id,
                secret_id=new_id(),
                secret=BEFORE.encrypt(f"secret {number}", sealed.APP_SECRET),
                digest=app_secrets.digest_of(f"secret {number}"),
            )
            plain |= {f"{kind} {number}": kind for kind in ("token", "verify", "secret")}
    return plain


def opened(engine: Engine, keyring: Keyring) -> set[str]:
    found: set[str] = set()
    with engine.connect() as connection:
        for place in sealed.SEALED_COLUMNS:
            table, column = place.split(".")
            rows = connection.execute(text(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")).scalars()
            found |= {keyring.decrypt(stored, place) for stored in rows}
    return found


def test_every_secret_is_encrypted_with_the_first_key_and_stays_what_it_is(
    engine: Engine, secrets_of_five: dict[str, str]
) -> None:
    done = rotation.rotate(engine, ROTATING, batch=2)
    assert (done.rotated, done.remaining, done.unreadable) == (15, 0, [])
    assert opened(engine, AFTER) == set(secrets_of_five)


def test_a_second_run_does_nothing(engine: Engine, secrets_of_five: dict[str, str]) -> None:
    rotation.rotate(engine, ROTATING)
    with engine.connect() as connection:
        before = connection.execute(text("SELECT access_token FROM channels ORDER BY id")).all()
    assert rotation.rotate(engine, ROTATING).rotated == 0
    with engine.connect() as connection:
        assert connection.execute(text("SELECT access_token FROM channels ORDER BY id")).all() == before


def test_interrupted_it_keeps_what_is_done_and_goes_on_there(engine: Engine, secrets_of_five: dict[str, str]) -> None:
    class Interrupted(Exception):
        pass

    def stop_after_two_batches(progress: Progress) -> None:
        if progress.rotated >= 4:
            raise Interrupted

    with pytest.raises(Interrupted):
        rotation.rotate(engine, ROTATING, batch=2, report=stop_after_two_batches)
    assert opened(engine, ROTATING) == set(secrets_of_five)
    done = rotation.rotate(engine, ROTATING, batch=2)
    assert (done.rotated, done.remaining) == (11, 0)
    assert opened(engine, AFTER) == set(secrets_of_five)


def test_a_secret_that_no_key_opens_is_named_and_left_alone_and_the_others_are_done(
    engine: Engine, secrets_of_five: dict[str, str]
) -> None:
    lost = Keyring([new_encryption_key()]).encrypt("lost", sealed.ACCESS_TOKEN)
    with engine.begin() as connection:
        lost_id = connection.execute(
            text("UPDATE channels SET access_token = :lost WHERE phone_number_id = '555002' RETURNING id"),
            {"lost": lost},
        ).scalar_one()
    done = rotation.rotate(engine, ROTATING, batch=1)
    assert (done.rotated, done.remaining) == (14, 1)
    assert done.unreadable == [f"channels.access_token of {lost_id}"]


def test_the_check_asks_for_a_key_that_only_some_secrets_need(engine: Engine, secrets_of_five: dict[str, Any]) -> None:
    with engine.begin() as connection:
        add_channel(connection, phone_number_id="556", access_token=AFTER.encrypt("newer", sealed.ACCESS_TOKEN))
        rotation.check(connection, ROTATING)
        with pytest.raises(EncryptionError, match="add that key to the list"):
            rotation.check(connection, AFTER)
