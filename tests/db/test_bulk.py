"""Many rows in one parameter: whatever Python holds arrives as Postgres has it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from db.queries.bulk import record_source, rows_parameter

COLUMNS = {
    "id": "uuid",
    "words": "text",
    "number": "int",
    "flag": "bool",
    "at": "timestamptz",
    "delay": "interval",
    "digest": "bytea",
    "raw": "jsonb",
}
EASTERN = timezone(timedelta(hours=-4))


@dataclass(slots=True)
class Line:
    id: UUID | None = None
    words: str | None = None
    number: int | None = None
    flag: bool | None = None
    at: datetime | None = None
    delay: timedelta | None = None
    digest: bytes | None = None
    raw: dict[str, Any] | None = None


def through_postgres(engine: Engine, *lines: Line) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(f"SELECT v.* FROM {record_source(COLUMNS)}"), rows_parameter(lines)))


def test_every_kind_of_value_arrives_unchanged(engine: Engine) -> None:
    line = Line(
        id=UUID("019aa000-0000-7000-8000-000000000001"),
        words="¿Cuánto? \\ ' \" {} % :x 🧾\n\t",
        number=2**31 - 1,
        flag=False,
        at=datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=EASTERN),
        delay=timedelta(days=1, seconds=2, microseconds=500_000),
        digest=bytes(range(256)),
        raw={"a": [1, None, {"b": "ñ"}], "n": 1.5},
    )
    ((*found,),) = through_postgres(engine, line)
    found[6] = bytes(found[6])
    assert found == [getattr(line, name) for name in COLUMNS]
    assert found[4].astimezone(UTC).hour == 16


def test_what_is_not_there_arrives_as_null(engine: Engine) -> None:
    assert through_postgres(engine, Line(), Line(words="")) == [(None,) * 8, (None, "", *(None,) * 6)]


def test_rows_arrive_in_their_order_and_none_is_lost(engine: Engine) -> None:
    found = through_postgres(engine, *(Line(number=number) for number in range(2000)))
    assert [row.number for row in found] == list(range(2000))


def test_no_rows_are_no_rows(engine: Engine) -> None:
    assert through_postgres(engine) == []


def test_a_value_that_postgres_has_no_form_for_is_an_error_and_never_a_guess() -> None:
    with pytest.raises(TypeError):
        rows_parameter([Line(words=object())])  # type: ignore[arg-type]
