"""Passwords for commands: asked for, or read from standard input; never an argument, which every process can see."""

import sys

import click

from messaging.people import check_password

from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)


def ask(login: str, *, is_in_stdin: bool) -> str:
    """Return a new password that keeps to the rules.

    Raises:
        Violation: it does not.
        ClickException: standard input has none.
    """
    return check_password(_first_line() if is_in_stdin else _typed(), login)


def _typed() -> str:
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again")
    return typed


def _first_line() -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise click.ClickException("Standard input has no password: give it as the first line.")
    return line
