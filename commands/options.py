"""Options that several commands share."""

import click

from db.bootstrap import DEFAULT_TENANT
from messaging.people import LANGUAGES, ROLES

tenant = click.option("--tenant", default=DEFAULT_TENANT, show_default=True, help="Short name of the tenant.")
role = click.option("--role", type=click.Choice(ROLES), default="operator", show_default=True, help="What it may do.")
name = click.option("--name", default="", help="For people; default: the login.")
language = click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the pages."
)
