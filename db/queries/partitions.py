"""Daily partitions of the inbox, the receipts and the live events."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, text

PARTITION_KEYS = {"inbox": "received_at", "live_events": "created_at", "receipts": "at"}
DAYS_BACK = 8
"""Meta retries a webhook for seven days, so a receipt may be that old when it first arrives."""
DAYS_AHEAD = 7
"""How long the housekeeping may be dead before rows go to the default partition, which retention cannot drop."""
DAYS = range(-DAYS_BACK, DAYS_AHEAD + 1)

ADVISORY_LOCK = 7_261_002
"""Any constant of our own: two that make partitions at once take turns."""
LOCK_SECONDS = 2
"""Attaching waits for everybody who reads the default partition, and those who come after wait for it: rather try again
in an hour than stop the ingest behind somebody's backup."""


def create_partitions(connection: Connection, offsets: Iterable[int] = DAYS) -> int:
    """Make the missing daily partitions and return how many were made.

    Rows of their days that went to the default partition meanwhile move into them.

    Args:
        connection: in a transaction.
        offsets: days from today (UTC).
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    today = datetime.now(UTC).date()
    days = [today + timedelta(days=offset) for offset in offsets]
    existing = _existing(connection)
    missing = [
        (table, day)
        for table in PARTITION_KEYS
        for day in days
        if table in existing and _name(table, day) not in existing
    ]
    for table, day in missing:
        _create(connection, table, day)
    return len(missing)


def drop_outlived(connection: Connection, table: str, days: int = DAYS_BACK) -> int:
    """Drop the partitions of days that are further back, with all that is in them; return how many.

    What stands in the default partition, as its day had none, is deleted row by row.

    Args:
        connection: in a transaction of its own.
        table: whose rows nobody needs any longer then.
        days: how many full days are kept.
    """
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    oldest_day = datetime.now(UTC).date() - timedelta(days=days)
    oldest = _name(table, oldest_day)
    dated = {name for name in _existing(connection) if name.removeprefix(f"{table}_").isdecimal()}
    outlived = sorted(name for name in dated if name < oldest)
    for name in outlived:
        connection.execute(text(f"DROP TABLE {name}"))
    strays = f"DELETE FROM {table}_other WHERE {PARTITION_KEYS[table]} < '{oldest_day.isoformat()} 00:00:00+00'"
    connection.execute(text(strays))
    return len(outlived)


_EXISTING = text("""
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent::regclass::text = ANY(:tables)
UNION ALL SELECT relname FROM pg_class WHERE relkind = 'p' AND relname = ANY(:tables)
""")


def _existing(connection: Connection) -> set[str]:
    """Return the partitions, and the tables that have them: a schema of an earlier version lacks some."""
    return set(connection.execute(_EXISTING, {"tables": list(PARTITION_KEYS)}).scalars())


def _name(table: str, day: date) -> str:
    return f"{table}_{day:%Y%m%d}"


def _create(connection: Connection, table: str, day: date) -> None:
    """Make a table, fill it, attach it: unlike CREATE TABLE … PARTITION OF this never locks out who writes."""
    name, key = _name(table, day), PARTITION_KEYS[table]
    start, end = (f"'{moment.isoformat()} 00:00:00+00'" for moment in (day, day + timedelta(days=1)))
    connection.execute(text(f"LOCK TABLE {table}_other IN ACCESS EXCLUSIVE MODE"))  # attaching takes it anyway
    connection.execute(text(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)"))
    connection.execute(
        text(f"""
            WITH strays AS (DELETE FROM {table}_other WHERE {key} >= {start} AND {key} < {end} RETURNING *)
            INSERT INTO {name} SELECT * FROM strays
        """)
    )
    connection.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})"))
