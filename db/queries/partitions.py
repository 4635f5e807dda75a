"""Daily partitions of the inbox and the receipts."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, text

PARTITIONED_TABLES = ("inbox", "receipts")
DAYS_BACK = 8
"""Meta retries a webhook for seven days, so a receipt may be that old when it first arrives."""
DAYS_AHEAD = 7
"""How long the housekeeping may be dead before rows go to the default partition, which retention cannot drop."""


DAYS = range(-DAYS_BACK, DAYS_AHEAD + 1)


def create_partitions(connection: Connection, offsets: Iterable[int] = DAYS) -> int:
    """Make the missing daily partitions and return how many were made.

    Args:
        connection: in a transaction.
        offsets: days from today (UTC).
    """
    today = datetime.now(UTC).date()
    days = [today + timedelta(days=offset) for offset in offsets]
    existing = _existing(connection)
    missing = [(table, day) for table in PARTITIONED_TABLES for day in days if _name(table, day) not in existing]
    for table, day in missing:
        connection.execute(text(_create(table, day)))
    return len(missing)


def _existing(connection: Connection) -> set[str]:
    rows = connection.execute(
        text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent::regclass::text = ANY(:tables)"
        ),
        {"tables": list(PARTITIONED_TABLES)},
    )
    return set(rows.scalars())


def _name(table: str, day: date) -> str:
    return f"{table}_{day:%Y%m%d}"


def _create(table: str, day: date) -> str:
    start, end = (f"{moment.isoformat()} 00:00:00+00" for moment in (day, day + timedelta(days=1)))
    return (
        f"CREATE TABLE IF NOT EXISTS {_name(table, day)} PARTITION OF {table} FOR VALUES FROM ('{start}') TO ('{end}')"
    )
