"""What a family offers: a fault with its number, its name and how it is run."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.ledger import Ledger
from tests.faults.scale import Scale
from tests.faults.system import System

Run = Callable[[System, Scale, int], Ledger]
"""(running system, scale, seed) → what it came to."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the suite.

    Attributes:
        family: 1 to 11.
        run: does it and counts.
    """

    family: int
    run: Run

    @property
    def name(self) -> str:
        """The function's name in words."""
        return self.run.__name__.replace("_", " ")
