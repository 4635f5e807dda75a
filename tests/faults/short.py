"""How the tests run a fault: at the short scale, with a fixed seed, and nothing may be left to explain."""

from tests.faults.fault import Run
from tests.faults.scale import SHORT
from tests.faults.system import System

SEED = 1


def assert_survives(system: System, run: Run) -> None:
    """Run a fault and check its ledger: everything accepted has its effect, once, and nothing went back or is open."""
    ledger = run(system, SHORT, SEED)
    assert ledger.is_clean, ledger.report()
    assert ledger.accepted == ledger.effects, ledger.report()
    assert not ledger.unknown, ledger.report()
    assert ledger.recovered is not None, ledger.report()
