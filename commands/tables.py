"""Lists as people read them in a terminal."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import click


def show(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table, its columns as wide as what is in them.

    Args:
        heads: names of the columns.
        rows: cells; None is shown as "-", a time in UTC to the minute.
    """
    cells = [list(heads), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    for row in cells:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        case list() | tuple():
            return ",".join(str(one) for one in value)
    return " ".join(str(value).split())
