"""`flask users`: people."""

import click

from commands import options, passwords
from commands.database import ACTOR, in_one_line, transaction
from commands.newest import show_newest
from db.changes import invitations, people, tenants
from db.passwords import hashed
from db.queries import users
from messaging.people import canonical_login
from settings import get_settings

COLUMNS = {
    "LOGIN": "login",
    "NAME": "name",
    "ROLE": "role",
    "ACTIVE": "is_active",
    "PASSWORD SET": "has_password",
    "LAST LOGIN": "last_login_at",
    "LOCKED UNTIL": "locked_until",
}


@click.group("users")
def group() -> None:
    """People: who may log in to the pages."""


@group.command("create")
@click.argument("login")
@options.tenant
@options.role
@options.name
@options.language
@passwords.from_stdin
@in_one_line
def create(login: str, *, tenant: str, role: str, name: str, language: str, password_stdin: bool) -> None:
    """Make a user who can log in as LOGIN at once. The password is asked for."""
    wanted = canonical_login(login)
    with transaction() as connection:
        tenants.named(connection, tenant)
    password_hash = hashed(passwords.ask(wanted, is_in_stdin=password_stdin))
    with transaction() as connection:
        people.create(
            connection,
            tenants.named(connection, tenant).id,
            actor=ACTOR,
            login=wanted,
            name=name.strip() or wanted,
            role=role,
            password_hash=password_hash,
            language=language,
        )
    click.echo(f"User {wanted} of tenant {tenant} created as {role}.")


@group.command("invite")
@click.argument("login")
@options.tenant
@options.role
@options.name
@options.language
@in_one_line
def invite(login: str, tenant: str, role: str, name: str, language: str) -> None:
    """Make a user and print a link with which the person sets a password. It holds for seven days."""
    settings = get_settings()
    with transaction() as connection:
        made = invitations.invite(
            connection,
            tenants.named(connection, tenant).id,
            actor=ACTOR,
            login=login,
            role=role,
            name=name.strip(),
            language=language,
        )
    click.echo("Give this link to the person; it is shown this once:", err=True)
    click.echo(invitations.link(settings, made.token))


@group.command("list")
@options.tenant
@in_one_line
def list_users(tenant: str) -> None:
    """List a tenant's users, newest first."""
    show_newest(tenant, users.list_newest, COLUMNS)


@group.command("deactivate")
@click.argument("login")
@in_one_line
def deactivate(login: str) -> None:
    """Switch a user off: all sessions end at once."""
    with transaction() as connection:
        user = people.by_login(connection, login)
        people.change(connection, user.tenant_id, user.id, actor=ACTOR, is_active=False)
    click.echo(f"User {user.login} is switched off.")


@group.command("password")
@click.argument("login")
@passwords.from_stdin
@in_one_line
def set_password(login: str, password_stdin: bool) -> None:
    """Set a user's password: all sessions end, and the login is no longer locked. The password is asked for."""
    with transaction() as connection:
        user = people.by_login(connection, login)
    password_hash = hashed(passwords.ask(user.login, is_in_stdin=password_stdin))
    with transaction() as connection:
        people.set_password(connection, user.tenant_id, user.id, password_hash, actor=ACTOR)
    click.echo(f"The password of {user.login} is set; all sessions have ended.")
