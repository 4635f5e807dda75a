"""Arrays packed by us are what Postgres and psycopg take them for."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import packed_arrays
from db.packed_arrays import PackedArray


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        packed_arrays.register(connection)
        yield connection


def read_back(connection: psycopg.Connection, packed: PackedArray, kind: str) -> list[Any]:
    row = connection.execute(f"SELECT ARRAY(SELECT unnest(%s::{kind}[]))", [packed], binary=True).fetchone()
    assert row is not None
    return list(row[0])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize(
    ("pack", "kind", "values"),
    [
        (packed_arrays.uuids, "uuid", st.none() | st.uuids()),
        (packed_arrays.byteas, "bytea", st.binary()),
    ],
    ids=["uuid", "bytea"],
)
def test_what_is_packed_arrives_whole_and_in_order(
    connection: psycopg.Connection,
    pack: Callable[[Any], PackedArray],
    kind: str,
    values: st.SearchStrategy[Any],
    data: st.DataObject,
) -> None:
    wanted = data.draw(st.lists(values, max_size=20))
    assert read_back(connection, pack(wanted), kind) == wanted


def test_a_body_that_looks_like_a_null_is_none(connection: psycopg.Connection) -> None:
    wanted = [b"\xff\xff\xff\xff", b"", UUID(int=0).bytes]
    assert read_back(connection, packed_arrays.byteas(wanted), "bytea") == wanted
