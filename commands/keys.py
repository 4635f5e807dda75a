"""`flask keys`: API keys."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import click
from sqlalchemy import Connection

from commands import options
from commands.database import ACTOR, in_one_line, transaction
from commands.newest import show_newest
from db.api_keys import ALL_SCOPES
from db.changes import keys, tenants
from db.changes.refusal import NotFoundError, Refusal
from db.queries import api_keys

COLUMNS = {
    "PREFIX": "prefix",
    "NAME": "name",
    "SCOPES": "scopes",
    "MADE BY": "created_by",
    "LAST USED": "last_used_at",
    "EXPIRES": "expires_at",
    "REVOKED": "revoked_at",
}


@click.group("keys")
def group() -> None:
    """API keys: what business systems call with."""


@group.command("create")
@click.argument("name")
@options.tenant
@click.option(
    "--scope", "scopes", type=click.Choice(ALL_SCOPES), multiple=True, default=("send", "read"), show_default=True,
    help="What it may do; give it several times.",
)  # fmt: skip
@click.option("--days", type=click.IntRange(min=1, max=36_500), help="It expires after so many days; default: never.")
@in_one_line
def create(name: str, tenant: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Make an API key called NAME and print it, this once."""
    if not name.strip():
        raise click.ClickException("The name is empty.")
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    with transaction() as connection:
        made = keys.create(
            connection,
            tenants.named(connection, tenant).id,
            actor=ACTOR,
            name=name.strip(),
            scopes=scopes,
            expires_at=expires_at,
        )
    click.echo("Keep this key; it is shown this once:", err=True)
    click.echo(made.key)


@group.command("list")
@options.tenant
@in_one_line
def list_keys(tenant: str) -> None:
    """List a tenant's API keys, newest first."""
    show_newest(tenant, api_keys.list_newest, COLUMNS)


@group.command("revoke")
@click.argument("prefix_or_id")
@options.tenant
@in_one_line
def revoke(prefix_or_id: str, tenant: str) -> None:
    """Revoke an API key, named by the PREFIX that the list shows or by its id."""
    with transaction() as connection:
        tenant_id = tenants.named(connection, tenant).id
        key_id = _id(connection, tenant_id, prefix_or_id)
        keys.revoke(connection, tenant_id, key_id, actor=ACTOR)
    click.echo("The key is revoked; it is refused within ten seconds.")


def _id(connection: Connection, tenant_id: UUID, given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        found = api_keys.with_prefix(connection, tenant_id, given)
    if not found:
        raise NotFoundError("key_not_found", "No valid API key of this tenant begins so.")
    if len(found) > 1:
        raise Refusal("key_ambiguous", "Several API keys begin so: name one by its id (GET /v1/keys shows it).")
    key_id: UUID = found[0].id
    return key_id
