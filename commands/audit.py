"""`flask audit`: who changed what."""

import click
import orjson

from commands import options
from commands.database import in_one_line, transaction
from commands.tables import show
from db.changes import tenants
from db.queries import audit
from db.redaction import redacted


@click.group("audit")
def group() -> None:
    """Who changed what."""


@group.command("list")
@options.tenant
@click.option(
    "--limit", type=click.IntRange(min=1, max=10_000), default=50, show_default=True, help="Lines at the most."
)
@in_one_line
def list_lines(tenant: str, limit: int) -> None:
    """List the audit log, newest first."""
    with transaction() as connection:
        rows = audit.list_newest(connection, tenants.named(connection, tenant).id, before=None, limit=limit)
    cells = [(row.at, row.actor, row.action, row.target, _written(row.details)) for row in rows]
    show(("AT (UTC)", "WHO", "WHAT", "TARGET", "DETAILS"), cells)


def _written(details: object) -> str:
    return orjson.dumps(redacted(details)).decode()
