"""The faults, a module a family (the fifth has two)."""

from typing import Final

from tests.faults.families import (
    clocks,
    fairness,
    inbound,
    meta,
    poison,
    postgres,
    races,
    receipts,
    redis,
    verdicts,
    web,
    workers,
)
from tests.faults.fault import Fault

MODULES: Final = (workers, web, redis, postgres, meta, verdicts, receipts, inbound, clocks, poison, races, fairness)
ALL: Final[tuple[Fault, ...]] = tuple(fault for module in MODULES for fault in module.FAULTS)
