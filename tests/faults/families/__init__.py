"""The faults, a module a family; some families have several."""

from typing import Final

from tests.faults.families import (
    clocks,
    fairness,
    inbound,
    meta,
    pacing,
    persons,
    poison,
    postgres,
    races,
    receipts,
    redis,
    stops,
    verdicts,
    web,
    workers,
)
from tests.faults.fault import Fault

MODULES: Final = (
    workers,
    stops,
    web,
    redis,
    postgres,
    meta,
    persons,
    verdicts,
    receipts,
    inbound,
    clocks,
    poison,
    races,
    fairness,
    pacing,
)
ALL: Final[tuple[Fault, ...]] = tuple(fault for module in MODULES for fault in module.FAULTS)
