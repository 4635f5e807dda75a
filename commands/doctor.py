"""`flask doctor`: is everything there that the first delivered message needs?"""

from uuid import UUID

import click
from sqlalchemy import Engine, text

from checks.public_url import check_public_url
from checks.result import CheckResult, worst
from checks.run import run
from commands.database import engine, in_one_line, keyring, settings_here
from commands.lights import show
from db import rotation
from db.encryption import EncryptionError
from db.schema_version import is_current
from settings import Settings

_CHANNELS = text("""
SELECT c.id, c.tenant_id, c.phone_number_id, t.slug FROM channels c JOIN tenants t ON t.id = c.tenant_id
WHERE c.disconnected_at IS NULL AND NOT EXISTS (SELECT FROM gateway_sources g WHERE g.channel_id = c.id)
    AND (CAST(:slug AS text) IS NULL OR t.slug = :slug) ORDER BY t.slug, c.id
""")


@click.command("doctor")
@click.option("--tenant", default=None, help="Only this tenant's channels.")
@in_one_line
def command(tenant: str | None) -> None:
    """Check keys, schema, public address and every channel; exit code 1 when something is wrong."""
    settings = settings_here()
    with engine() as made:
        results = [*_of_the_installation(made, settings)]
        click.echo("installation")
        show(results)
        for row in _channels(made, tenant):
            click.echo(f"\n{row[3]}: number {row[2]}")
            found = run(made.begin, settings, row[1], row[0]) or []
            show(found)
            results += found
    if worst(results) == "error":
        raise SystemExit(1)


def _of_the_installation(made: Engine, settings: Settings) -> list[CheckResult]:
    with made.connect() as connection:
        schema = is_current(connection)
    return [
        CheckResult("schema", "ok", "The schema is current.")
        if schema
        else CheckResult("schema", "error", "The schema is not this version's.", "Run python -m db.migrate."),
        _keys(made),
        check_public_url(settings.public_url),
    ]


def _keys(made: Engine) -> CheckResult:
    try:
        with made.connect() as connection:
            rotation.check(connection, keyring())
    except EncryptionError as error:
        return CheckResult("encryption", "error", str(error), "Put the missing key back into the list.")
    return CheckResult("encryption", "ok", "The keys open what is stored.")


def _channels(made: Engine, slug: str | None) -> list[tuple[UUID, UUID, str, str]]:
    with made.connect() as connection:
        return [tuple(row) for row in connection.execute(_CHANNELS, {"slug": slug})]
