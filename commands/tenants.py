"""`flask tenants`: the businesses of this installation."""

import click

from commands.database import ACTOR, in_one_line, transaction
from commands.tables import show
from db.changes import tenants as changes
from db.queries import tenants


@click.group("tenants")
def group() -> None:
    """The businesses of this installation."""


@group.command("create")
@click.argument("slug")
@click.option("--name", default="", help="For people; default: the short name.")
@in_one_line
def create(slug: str, name: str) -> None:
    """Make a tenant with the short name SLUG."""
    with transaction() as connection:
        changes.create(connection, slug, name.strip() or slug, actor=ACTOR)
    click.echo(f"Tenant {slug} created. Its first person: flask users create <login> --tenant {slug} --role owner")


@group.command("sessions")
@click.argument("slug")
@click.argument("allowed", type=click.IntRange(min=0), required=False)
@in_one_line
def sessions(slug: str, allowed: int | None) -> None:
    """Let the tenant SLUG register ALLOWED gateway sessions; without a number as many as it likes."""
    with transaction() as connection:
        changes.allow_sessions(connection, slug, allowed, actor=ACTOR)
    click.echo(f"Tenant {slug} may register {'any number of' if allowed is None else allowed} sessions.")


@group.command("list")
@in_one_line
def list_tenants() -> None:
    """List the tenants."""
    with transaction() as connection:
        rows = tenants.list_all(connection)
    cells = [
        (row.slug, row.name, row.is_active, row.channels, row.users, row.sessions_allowed, row.created_at)
        for row in rows
    ]
    show(("TENANT", "NAME", "ACTIVE", "CHANNELS", "USERS", "SESSIONS ALLOWED", "CREATED"), cells)
