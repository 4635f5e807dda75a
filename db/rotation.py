"""Encryption keys over time: does what is stored open, and encrypting it again with the newest key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, text

from db.encryption import EncryptionError, Keyring
from db.sealed import SEALED_COLUMNS

BATCH = 100
"""Rows of one transaction: short locks, and little to repeat when it is interrupted."""


def check(connection: Connection, keyring: Keyring) -> None:
    """Make sure that every key which stored secrets need is there and is the right one.

    One secret of each key and column is opened, whatever their number.

    Raises:
        EncryptionError: one does not open; the message says what to do.
    """
    for place in SEALED_COLUMNS:
        for stored in connection.execute(text(_ONE_OF_EACH_KEY.format(**_names(place)))).scalars():
            keyring.decrypt(stored, place)


_ONE_OF_EACH_KEY = """
SELECT DISTINCT ON (split_part({column}, '.', 2)) {column} FROM {table} WHERE {column} IS NOT NULL
ORDER BY split_part({column}, '.', 2), id
"""


@dataclass(slots=True)
class Progress:
    """How far a rotation is."""

    rotated: int = 0
    remaining: int = 0
    """Secrets that an older key still encrypts."""
    unreadable: list[str] = field(default_factory=list)
    """Where secrets stand that no key opens: table, column and id."""


def rotate(
    engine: Engine, keyring: Keyring, *, batch: int = BATCH, report: Callable[[Progress], None] = lambda _: None
) -> Progress:
    """Encrypt with the first key whatever an older one encrypted. Interrupted, it goes on where it was.

    Each batch is a transaction. A secret that no key opens is left as it is and named at the end; none is ever lost.

    Args:
        engine: to Postgres.
        keyring: with the new key first and the old ones behind it.
        batch: rows at a time.
        report: told after each batch.
    """
    progress = Progress(remaining=_remaining(engine, keyring))
    for place in SEALED_COLUMNS:
        for _ in _batches(engine, keyring, place, batch, progress):
            progress.remaining = _remaining(engine, keyring)
            report(progress)
    return progress


def _batches(engine: Engine, keyring: Keyring, place: str, batch: int, progress: Progress) -> Iterator[None]:
    after = UUID(int=0)
    while True:
        with engine.begin() as connection:
            values = {"current": _pattern(keyring), "after": after, "batch": batch}
            rows = connection.execute(text(_OLDER.format(**_names(place))), values).all()
            for row in rows:
                _reseal(connection, keyring, place, row, progress)
        if not rows:
            return
        after = rows[-1].id
        yield


_OLDER = """
SELECT id, {column} AS stored FROM {table} WHERE {column} NOT LIKE :current AND id > :after
ORDER BY id LIMIT :batch FOR UPDATE
"""
_RESEAL = "UPDATE {table} SET {column} = :sealed WHERE id = :id"


def _reseal(connection: Connection, keyring: Keyring, place: str, row: Row[Any], progress: Progress) -> None:
    try:
        sealed = keyring.encrypt(keyring.decrypt(row.stored, place), place)
    except EncryptionError:
        progress.unreadable.append(f"{place} of {row.id}")
        return
    connection.execute(text(_RESEAL.format(**_names(place))), {"sealed": sealed, "id": row.id})
    progress.rotated += 1


_COUNT = "SELECT count(*) FROM {table} WHERE {column} NOT LIKE :current"


def _remaining(engine: Engine, keyring: Keyring) -> int:
    with engine.connect() as connection:
        counts = [
            connection.execute(text(_COUNT.format(**_names(place))), {"current": _pattern(keyring)}).scalar_one()
            for place in SEALED_COLUMNS
        ]
    return sum(counts)


def _pattern(keyring: Keyring) -> str:
    return f"{keyring.current_prefix}%"


def _names(place: str) -> dict[str, str]:
    table, column = place.split(".")
    return {"table": table, "column": column}
