"""2. The web killed in the middle of requests."""

from typing import Final

from tests.faults.callers import invoice, message_id_of
from tests.faults.fault import Fault
from tests.faults.kills import kill_repeatedly
from tests.faults.ledger import Ledger
from tests.faults.load import Rates
from tests.faults.scale import Scale
from tests.faults.system import System
from tests.faults.trial import Trial, trial

FAMILY: Final = 2
WHOLE: Final = 0.3
PAUSE: Final = 0.1, 0.8
"""Seconds between two kills."""


def web_killed_in_the_middle_of_requests(system: System, scale: Scale, seed: int) -> Ledger:
    """SIGKILL web processes, one or all, while callers and Meta are waiting for answers."""
    rates = Rates(sends=30, posts=30, written=20)
    with trial(system, "2  web killed mid-request (SIGKILL)", rates=rates, seed=seed, settle=scale.settle) as one:
        one.flows()
        _kill_until_requests_are_repeated(one, scale)
    return one.ledger


def invoices_without_a_key_repeated_while_the_web_is_killed(system: System, scale: Scale, seed: int) -> Ledger:
    """An ERP that knows no Idempotency-Key repeats its invoices until they are accepted, and once more: one message each."""
    name = "2  invoices repeated without a key, web killed"
    rates = Rates(sends=30, posts=5, written=5)
    with trial(system, name, rates=rates, seed=seed, settle=scale.settle, is_erp=True) as one:
        one.flows()
        _kill_until_requests_are_repeated(one, scale)
        one.load.send_no_more()
        _repeat_each_without_a_key(one)
    return one.ledger


def _kill_until_requests_are_repeated(one: Trial, scale: Scale) -> None:
    def are_repeated() -> bool:
        return any(asked.tries > 1 for asked in list(one.load.book.asked.values()))

    kill_repeatedly(one, _kill_web, max(scale.kills // 4, 3), PAUSE, are_repeated)
    one.system.repair()


def _kill_web(one: Trial) -> bool:
    if not one.system.is_alive("web"):  # Granian ends when a process of its dies twice within seconds
        one.system.launch("web")
    choice = one.random.random()
    if one.random.random() < WHOLE and one.system.is_ready("web"):
        one.system.kill("web")
        one.system.launch("web")
        return True
    return one.system.kill_child("web", choice)


def _repeat_each_without_a_key(one: Trial) -> None:
    """A business system that was cut off, or never noted its answer, sends its documents again; none has a key."""
    for asked in list(one.load.book.asked.values()):
        answer = one.api.call("POST", *invoice(asked))
        ids = {message_id_of(answer.json())} if answer is not None and answer.ok else set()
        one.promise(ids == {asked.message_id}, f"{asked.reference}: the first message again; {ids}")


FAULTS: Final = (
    Fault(FAMILY, web_killed_in_the_middle_of_requests),
    Fault(FAMILY, invoices_without_a_key_repeated_while_the_web_is_killed),
)
