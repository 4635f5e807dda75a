"""API keys: random, recognisable, stored as digests."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from db.api_keys import digest_of, new_key, prefix_of
from db.ids import new_id
from db.queries import api_keys
from tests.rows import Place, add_channel


@pytest.fixture
def place(engine: Engine) -> Place:
    with engine.begin() as connection:
        return add_channel(connection)


def add_key(engine: Engine, place: Place, key: str, **columns: Any) -> None:
    values = {
        "id": new_id(),
        "tenant_id": place.tenant_id,
        "name": "test",
        "prefix": prefix_of(key),
        "digest": digest_of(key),
        "scopes": ["send"],
        **columns,
    }
    names = ", ".join(values)
    with engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO api_keys ({names}) VALUES ({', '.join(f':{n}' for n in values)})"), values
        )


def test_every_key_is_another_and_can_be_recognised() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(key.startswith("pbk_") and len(key) > 40 for key in keys)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_what_people_see_of_a_key_is_never_more_than_half_of_it(key: str) -> None:
    shown = prefix_of(key)
    assert key.startswith(shown)
    assert len(shown) <= min(12, len(key) / 2)


@settings(deadline=None)
@given(st.text())
def test_the_digest_of_any_text_has_32_bytes_and_does_not_hold_it(key: str) -> None:
    assert len(digest_of(key)) == 32
    assert len(key) < 4 or key.encode() not in digest_of(key)


def test_a_key_is_found_by_its_digest_with_tenant_and_scopes(engine: Engine, place: Place) -> None:
    key = new_key()
    add_key(engine, place, key)
    with engine.connect() as connection:
        known = api_keys.find(connection, digest_of(key))
        assert api_keys.find(connection, digest_of(new_key())) is None
    assert known is not None
    assert (known.tenant_id, known.scopes, known.expires_at) == (place.tenant_id, {"send"}, None)


def test_a_revoked_key_is_not_found(engine: Engine, place: Place) -> None:
    key = new_key()
    add_key(engine, place, key)
    with engine.begin() as connection:
        connection.execute(text("UPDATE api_keys SET revoked_at = now()"))
        assert api_keys.find(connection, digest_of(key)) is None
