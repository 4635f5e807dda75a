"""Small questions to the database of the running system."""

from typing import Any

from tests.faults.system import System


def how_many(system: System, query: str, *values: Any) -> int:
    """Return the number that a query selects."""
    with system.database() as connection:
        found = connection.execute(query, values).fetchone()  # type: ignore[arg-type]
    return int(found[0]) if found else 0


def all_of(system: System, query: str, *values: Any) -> list[Any]:
    """Return all rows of a query."""
    with system.database() as connection:
        return connection.execute(query, values).fetchall()  # type: ignore[arg-type]


def with_status(system: System, status: str) -> int:
    """Return how many messages of ours have a status."""
    return how_many(system, "SELECT count(*) FROM messages WHERE direction = 'outbound' AND status = %s", status)


def status_of(system: System, message_id: str | None) -> str:
    """Return the status of a message."""
    found = all_of(system, "SELECT status FROM messages WHERE id = %s", message_id)
    return str(found[0][0]) if found else "absent"


def unrecorded_calls(system: System) -> int:
    """Return how many calls run, or were cut off before their answer was written down."""
    return how_many(system, "SELECT count(*) FROM attempts WHERE http_status IS NULL")
