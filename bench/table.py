"""Figures and how they are shown: as a Markdown table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Unit = Literal["/s", "×", "MB", "ms"]
AT_MOST = ("MB", "ms")
HEAD = ("| figure | measured | target | | remarks |", "|---|--:|--:|---|---|")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        name: what was measured.
        value: in `unit`.
        unit: a rate, a ratio, memory, or a time.
        target: at least this; of memory and times, at most this; None: there is none.
        remarks: what belongs to the figure.
    """

    name: str
    value: float
    unit: Unit = "/s"
    target: float | None = None
    remarks: str = ""

    @property
    def is_missed(self) -> bool:
        """Tell whether the target is not reached."""
        if self.target is None:
            return False
        return self.value > self.target if self.unit in AT_MOST else self.value < self.target


def markdown(rows: Iterable[Row]) -> str:
    """Return rows as a Markdown table."""
    return "\n".join([*HEAD, *(_line(row) for row in rows)])


def compared(rows: Sequence[Row], empty: Sequence[Row], stored: int) -> list[Row]:
    """Return rows measured on a filled database, with their ratio to the same figure on the empty one.

    Args:
        rows: measured with `stored` messages.
        empty: measured without.
        stored: how many messages there were.
    """
    before = {row.name: row.value for row in empty}
    return [_compared(row, before.get(row.name), stored) for row in rows]


def _compared(row: Row, before: float | None, stored: int) -> Row:
    ratio = [f"{row.value / before:.2f} × the empty database"] if before and row.unit == "/s" else []
    remarks = "; ".join([*ratio, *([row.remarks] if row.remarks else [])])
    return replace(row, name=f"{row.name}, {stored:,} messages stored", remarks=remarks)


def _line(row: Row) -> str:
    verdict = "" if row.target is None else "MISSED" if row.is_missed else "reached"
    target = "" if row.target is None else f"{'≤' if row.unit in AT_MOST else '≥'} {_shown(row.target, row.unit)}"
    return f"| {row.name} | {_shown(row.value, row.unit)} | {target} | {verdict} | {row.remarks} |"


def _shown(value: float, unit: Unit) -> str:
    return f"{value:.2f} ×" if unit == "×" else f"{value:,.0f}{'' if unit == '/s' else ' '}{unit}"
