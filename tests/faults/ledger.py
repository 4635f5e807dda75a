"""One line per fault: what was accepted, what became of it, and whether a promise was broken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

NAME_WIDTH = 44
SHOWN = 5
"""Explanations printed below a line that is not clean."""
HEADER = (
    f"{'':{NAME_WIDTH}} {'accepted':>8} {'effects':>8} {'lost':>5} {'doubled':>7} {'regressed':>9} {'unknown':>7}"
    f" {'recovered':>9}"
)


@dataclass(slots=True)
class Ledger:
    """What a trial came to. Each item of the lists is a line that tells which message and why.

    Attributes:
        fault: in words, with its number in front.
        accepted: webhook items acknowledged with 200, sends answered with 200 or 202.
        effects: those of them whose effect, or visible and replayable failure, is there.
        lost: those without.
        doubled: second sends in the ground truth that no person asked for, second rows of one message.
        regressed: status changes that went back.
        unknown: sends whose outcome is still open.
        broken: other promises of the fault that were not kept.
        recovered: seconds from the end of the fault until everything accepted had its effect; None: it never had.
    """

    fault: str
    accepted: int = 0
    effects: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    regressed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    recovered: float | None = None

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled, regressed or left open, all became quiet and every other promise was kept."""
        is_settled = self.recovered is not None and not self.unknown
        return is_settled and not (self.lost or self.doubled or self.regressed or self.broken)

    def line(self) -> str:
        """Return the figures in the columns of HEADER."""
        recovered = "never" if self.recovered is None else f"{self.recovered:.1f} s"
        return (
            f"{self.fault:{NAME_WIDTH}} {self.accepted:>8,} {self.effects:>8,} {len(self.lost):>5} {len(self.doubled):>7}"
            f" {len(self.regressed):>9} {len(self.unknown):>7} {recovered:>9}"
        )

    def explanations(self) -> list[str]:
        """Return why the line is not clean, or not yet settled: a few examples of each kind."""
        kinds = {
            "lost": self.lost,
            "doubled": self.doubled,
            "regressed": self.regressed,
            "unknown": self.unknown,
            "broken": self.broken,
        }
        return [f"  {kind}: {text}" for kind, texts in kinds.items() for text in _some(texts)]

    def report(self) -> str:
        """Return the line and its explanations, for a failed test."""
        return "\n".join((HEADER, self.line(), *self.explanations()))


def total(ledgers: Iterable[Ledger]) -> Ledger:
    """Return the sum of all lines; its recovery is the longest one."""
    result = Ledger("in all", recovered=0.0)
    for ledger in ledgers:
        result.accepted += ledger.accepted
        result.effects += ledger.effects
        for name in ("lost", "doubled", "regressed", "unknown", "broken"):
            getattr(result, name).extend(getattr(ledger, name))
        if result.recovered is not None:
            result.recovered = None if ledger.recovered is None else max(result.recovered, ledger.recovered)
    return result


def _some(texts: Sequence[str]) -> list[str]:
    more = [f"… and {len(texts) - SHOWN} more"] if len(texts) > SHOWN else []
    return [*texts[:SHOWN], *more]
