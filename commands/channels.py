"""`flask channels`: connect WhatsApp numbers and look after them. Secrets come from prompts or files."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO
from uuid import UUID

import click
from sqlalchemy import Connection

from checks.registration import Registration
from checks.result import worst
from checks.run import run
from commands import options
from commands.database import ACTOR, engine, in_one_line, keyring, settings_here, transaction
from commands.lights import show
from db.changes import tenants
from db.changes.channels import ChannelSettings, Wanted
from db.queries import channel_credentials as queries

TOKEN_FILE = click.option("--token-file", type=click.File(), help="File with the access token; - reads standard input.")
SECRET_FILE = click.option("--app-secret-file", type=click.File(), help="File with the secret of its own Meta app.")


@click.group("channels")
def group() -> None:
    """WhatsApp numbers of tenants."""


@group.command("list")
@options.tenant
@in_one_line
def list_channels(tenant: str) -> None:
    """List the numbers of a tenant."""
    with transaction() as connection:
        rows = queries.list_all(connection, tenants.named(connection, tenant).id)
    for row in rows:
        state = "active" if row.is_active else "switched off"
        paused = f", paused by error {row.paused_code}" if row.paused_at else ""
        unproved = ", number not proved yet" if row.number_unproved_since else ""
        click.echo(f"{row.id}  {row.phone_number_id}  {row.display_phone_number or '-'}  {state}{paused}{unproved}")


@group.command("create")
@options.tenant
@click.option("--phone-number-id", required=True, help="From Meta's page API Setup.")
@click.option("--waba-id", help="Id of the WhatsApp Business account.")
@click.option("--name", help="Your own name for it.")
@TOKEN_FILE
@SECRET_FILE
@in_one_line
def create(
    *,
    tenant: str,
    phone_number_id: str,
    waba_id: str | None,
    name: str | None,
    token_file: TextIO | None,
    app_secret_file: TextIO | None,
) -> None:
    """Connect a number; the access token is asked for when no file is given."""
    wanted = Wanted(
        phone_number_id=phone_number_id,
        waba_id=waba_id,
        name=name,
        access_token=_read(token_file) or click.prompt("Access token", hide_input=True),
        app_secret=_read(app_secret_file),
    )
    with transaction() as connection:
        made = _settings_of(connection, tenant).connect(wanted)
    click.echo(str(made))


@group.command("update")
@options.tenant
@click.argument("channel", type=click.UUID)
@click.option("--waba-id", help="Id of the WhatsApp Business account.")
@click.option("--name", help="Your own name for it.")
@click.option("--active/--inactive", default=None, help="Inactive: events are kept, nothing is sent.")
@TOKEN_FILE
@SECRET_FILE
@in_one_line
def update(
    *,
    tenant: str,
    channel: UUID,
    waba_id: str | None,
    name: str | None,
    active: bool | None,
    token_file: TextIO | None,
    app_secret_file: TextIO | None,
) -> None:
    """Change a number's credentials; what is not given stays."""
    wanted = Wanted(
        waba_id=waba_id,
        name=name,
        is_active=active,
        access_token=_read(token_file),
        app_secret=_read(app_secret_file),
    )
    with transaction() as connection:
        _settings_of(connection, tenant).update(channel, wanted)
    click.echo("changed")


@group.command("check")
@options.tenant
@click.argument("channel", type=click.UUID)
@in_one_line
def check(tenant: str, channel: UUID) -> None:
    """Check a number's connection; exit code 1 when something is wrong."""
    with engine() as made:
        with made.connect() as connection:
            owner = tenants.named(connection, tenant).id
        results = run(made.begin, settings_here(), owner, channel)
    if results is None:
        raise click.ClickException("There is no such channel of this tenant.")
    show(results)
    if worst(results) == "error":
        raise SystemExit(1)


@group.command("subscribe")
@options.tenant
@click.argument("channel", type=click.UUID)
@in_one_line
def subscribe(tenant: str, channel: UUID) -> None:
    """Let the app of a number's token get the account's webhooks."""
    with _registration(tenant, channel) as registration:
        registration.subscribe_app()
    click.echo("subscribed")


@group.command("register-callback")
@options.tenant
@click.argument("channel", type=click.UUID)
@in_one_line
def register_callback(tenant: str, channel: UUID) -> None:
    """Have Meta post a number's webhooks to this service; PUBLIC_URL says where that is."""
    with _registration(tenant, channel) as registration:
        click.echo(registration.register_callback())


@contextmanager
def _registration(tenant: str, channel: UUID) -> Iterator[Registration]:
    with engine() as made:
        with made.connect() as connection:
            owner = tenants.named(connection, tenant).id
        yield Registration(made.begin, settings_here(), owner, channel, ACTOR)


def _settings_of(connection: Connection, tenant: str) -> ChannelSettings:
    owner = tenants.named(connection, tenant).id
    return ChannelSettings(connection, keyring(), owner, ACTOR, is_vouched_for=True)


def _read(file: TextIO | None) -> str | None:
    return file.read() if file is not None else None
