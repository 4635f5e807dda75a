"""Which schema this code was written for, told without Alembic, which a serving process need not load."""

from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

VERSIONS = Path(__file__).parent / "migrations" / "versions"

_VERSION = text("SELECT version_num FROM alembic_version")


@lru_cache(maxsize=1)
def newest() -> str:
    """Return the newest revision; revisions are numbered in their order, as are the names of their files."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def is_current(connection: Connection) -> bool:
    """Tell whether the schema is the one this code was written for."""
    try:
        return bool(connection.execute(_VERSION).scalar() == newest())
    except ProgrammingError:  # there is no such table: nothing was ever migrated
        return False
