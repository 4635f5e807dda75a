"""2. The web killed in the middle of requests."""

from typing import Final

from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.load import Rates
from tests.faults.scale import Scale
from tests.faults.system import System
from tests.faults.trial import Trial, trial

FAMILY: Final = 2
WHOLE: Final = 0.3
SHORTEST, LONGEST = 0.1, 0.8


def web_killed_in_the_middle_of_requests(system: System, scale: Scale, seed: int) -> Ledger:
    """SIGKILL web processes, one or all, while callers and Meta are waiting for answers."""
    rates = Rates(sends=30, posts=30, written=20)
    with trial(system, "2  web killed mid-request (SIGKILL)", rates=rates, seed=seed, settle=scale.settle) as one:
        one.flows()
        for _ in range(max(scale.kills // 4, 3)):
            one.passes(one.random.uniform(SHORTEST, LONGEST))
            _kill_web(one)
        one.system.repair()
    repeated = sum(asked.tries > 1 for asked in one.load.book.asked.values())
    one.promise(repeated > 0, "some requests were cut off and repeated; else nothing was tried")
    return one.ledger


def _kill_web(one: Trial) -> None:
    if not one.system.is_alive("web"):  # Granian ends when a process of its dies twice within seconds
        one.system.launch("web")
    choice = one.random.random()
    if one.random.random() < WHOLE and one.system.is_ready("web"):
        one.system.kill("web")
        one.system.launch("web")
    else:
        one.system.kill_child("web", choice)


FAULTS: Final = (Fault(FAMILY, web_killed_in_the_middle_of_requests),)
