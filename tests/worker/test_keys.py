"""A worker without the right keys does not start, and says in one line what to do; one without Postgres does."""

import pytest
from sqlalchemy import Engine

from db import sealed
from db.encryption import Keyring
from settings import Settings
from tests.db.conftest import new_encryption_key
from tests.rows import add_channel
from worker.keys import require_keys

KEY = new_encryption_key()


@pytest.fixture
def stored(engine: Engine) -> None:
    with engine.begin() as connection:
        add_channel(connection, access_token=Keyring([KEY]).encrypt("EAAG", sealed.ACCESS_TOKEN))


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("", "WHATSAPP_ENCRYPTION_KEY is not set"),
        ("hidden", "each key must be 32 bytes"),
        (new_encryption_key(), "add that key to the list"),
    ],
    ids=["absent", "malformed", "wrong"],
)
def test_a_missing_malformed_or_wrong_key_ends_the_worker_with_one_line(
    database: str, stored: None, capsys: pytest.CaptureFixture[str], key: str, line: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        require_keys(Settings(_env_file=None, database_url=database, whatsapp_encryption_key=key))
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert line in said
    assert len(said.splitlines()) == 1
    assert "hidden" not in said


def test_the_right_key_starts_it_also_behind_a_new_one(database: str, stored: None) -> None:
    for keys in (KEY, f"{new_encryption_key()},{KEY}"):
        require_keys(Settings(_env_file=None, database_url=database, whatsapp_encryption_key=keys))


def test_without_postgres_it_starts_all_the_same() -> None:
    away = "postgresql://nobody@127.0.0.1:1/nothing"
    require_keys(Settings(_env_file=None, database_url=away, whatsapp_encryption_key=KEY))
