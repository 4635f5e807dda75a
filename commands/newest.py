"""Lists of what a tenant has, newest first."""

from collections.abc import Callable, Mapping
from typing import Any

from commands.database import transaction
from commands.tables import show
from db.changes import tenants

MOST_SHOWN = 1_000


def show_newest(tenant: str, list_newest: Callable[..., Any], columns: Mapping[str, str]) -> None:
    """Print the newest rows of a tenant.

    Args:
        tenant: its name.
        list_newest: the query, one of db/queries/.
        columns: head -> name of the value in the query's rows.

    Raises:
        NotFoundError: there is no such tenant.
    """
    with transaction() as connection:
        rows = list_newest(connection, tenants.named(connection, tenant).id, before=None, limit=MOST_SHOWN)
    show(tuple(columns), ([getattr(row, name) for name in columns.values()] for row in rows))
