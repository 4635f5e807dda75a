"""`flask secrets`: the keys that encrypt secrets at rest."""

import click

from commands.database import engine, in_one_line, keyring
from db import rotation
from db.rotation import Progress


@click.group("secrets")
def group() -> None:
    """Encryption of tokens and app secrets."""


@group.command("rotate")
@click.option(
    "--batch", default=rotation.BATCH, show_default=True, type=click.IntRange(1, 10_000), help="Rows at a time."
)
@in_one_line
def rotate(batch: int) -> None:
    """Encrypt all secrets with the first key of WHATSAPP_ENCRYPTION_KEY.

    Put the new key first, the old ones behind it, restart everything, then run this. Interrupted, it goes on where it
    was. When nothing remains, the old keys can be taken off the list.
    """
    with engine() as made:
        done = rotation.rotate(made, keyring(), batch=batch, report=_tell)
    for place in done.unreadable:
        click.echo(f"not readable with any key: {place}", err=True)
    if done.unreadable:
        raise click.ClickException(f"{len(done.unreadable)} secrets could not be read; keep the old keys.")
    click.echo(f"{done.rotated} secrets encrypted with the first key; none needs an older one.")


@group.command("check")
@in_one_line
def check() -> None:
    """Make sure that WHATSAPP_ENCRYPTION_KEY opens what is stored."""
    with engine() as made, made.connect() as connection:
        rotation.check(connection, keyring())
    click.echo("The keys open what is stored.")


def _tell(progress: Progress) -> None:
    click.echo(f"{progress.rotated} done, {progress.remaining} remain")
