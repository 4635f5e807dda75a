"""Checks as lines of text."""

from collections.abc import Sequence

import click

from checks.result import CheckResult

COLOURS = {"ok": "green", "warning": "yellow", "error": "red", "unknown": "cyan"}


def show(results: Sequence[CheckResult]) -> None:
    """Print a line per check, with what to do below it."""
    for result in results:
        click.echo(f"{click.style(f'{result.state:8}', COLOURS[result.state])} {result.name}: {result.detail}")
        if result.advice:
            click.echo(f"         → {result.advice}")
