"""Two sending workers that begin at the same moment, and the proof that both did."""

import contextlib
from collections.abc import Iterator
from typing import Final

from tests.faults.system import System
from tests.faults.trial import Trial

SENDERS: Final = "worker-send"
SECOND_SENDERS: Final = "worker-send-2"
RINGS: Final = 8
"""More than the children of both: whoever is free takes one."""
_OUTCOME: Final = "message.attempted"


def not_before_both_are_there(system: System) -> None:
    """Keep what is on the outbox from being due."""
    with system.database() as connection:
        connection.execute("UPDATE outbox SET due_at = 'infinity' WHERE state = 'waiting'")


@contextlib.contextmanager
def second_senders(system: System) -> Iterator[None]:
    """Both workers are ready for work; the second one is gone afterwards."""
    if not system.is_alive(SENDERS):
        system.launch(SENDERS)
    system.add_replica(SECOND_SENDERS, of=SENDERS, words={"send@%h": "send2@%h"})
    try:
        system.wait_ready(SENDERS)
        yield
    finally:
        system.remove_replica(SECOND_SENDERS)


def go(system: System) -> None:
    """Let everything be due now and ring for it often enough that both workers hear."""
    with system.database() as connection:
        connection.execute("UPDATE outbox SET due_at = now() WHERE state = 'waiting'")
    for _ in range(RINGS):
        system.call_task("sending.send_messages")


def promise_that_both_sent(one: Trial) -> tuple[int, int]:
    """Note that each worker made calls (else nothing was tried); return how many each."""
    # remove_replica forgets the log's place, so this is asked while both run
    first, second = (one.system.said(name, _OUTCOME) for name in (SENDERS, SECOND_SENDERS))
    one.promise(first > 0 and second > 0, f"both workers send; else nothing was tried: {first} and {second}")
    return first, second
