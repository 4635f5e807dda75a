"""5. Meta's answers: lost, late, broken, or no answer because nothing arrived. Nothing is sent twice for it."""

from collections.abc import Mapping
from typing import Any, Final

from tests.faults.callers import Asked
from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.rows import how_many, with_status
from tests.faults.scale import Scale
from tests.faults.system import System
from tests.faults.time_passes import silence_passes
from tests.faults.trial import Trial, trial
from tests.faults.waiting import until
from tests.faults.witnesses import prove_that_receipts_come

FAMILY: Final = 5
REFUSED_BY_THEN: Final = 4.0
"""The last receipt leaves the simulator 0.4 s after the send; the group of webhooks before it, and then its own, give up
after 1.5 s each."""
PROMPT_RECEIPTS: Final = 0.6
RETRIED_AFTER_MS: Final = 12_000
"""Meta waits longer still; here it must outlast what younger messages' receipts and the rule for silence take."""

ACCEPTED_WITHOUT_A_CLEAR_ANSWER: Final[Mapping[str, Mapping[str, Any]]] = {
    "answer lost": {"fault": "lose_answer"},
    "reset after the body": {"fault": "reset_after"},
    "read timeout": {"fault": "slow"},
    "garbage": {"fault": "garbage"},
    "200 without an id": {"fault": "no_id"},
    "200 with an error": {"fault": "error_200"},
    "502 although accepted": {"fault": "http_502", "accepted": True},
}
NOT_ACCEPTED_WITHOUT_A_CLEAR_ANSWER: Final[Mapping[str, Mapping[str, Any]]] = {
    "reset before the body was read": {"fault": "reset_before"},
    "500": {"fault": "http_500"},
    "502": {"fault": "http_502"},
    "503": {"fault": "http_503"},
    "131000, perhaps sent": {"fault": "error", "code": 131000},
}


def answers_lost_after_acceptance(system: System, scale: Scale, seed: int) -> Ledger:
    """Meta accepts and its answer is lost in every way there is: receipts settle it, nothing goes out again."""
    with trial(system, "5  answer lost after acceptance", seed=seed, settle=scale.settle) as one:
        one.flows()
        system.meta.control("faults", webhooks={"hold": True})  # else they come before the answer is given up
        slow = {"delay_ms": scale.slow * 1000}
        asked = [
            one.send_under(f"fault{number}", {**fault, **(slow if fault["fault"] == "slow" else {})})
            for number, fault in enumerate(ACCEPTED_WITHOUT_A_CLEAR_ANSWER.values())
        ]
        until(lambda: with_status(system, "unknown") == len(asked), 20, "all are of unknown outcome")
        system.meta.control("faults", webhooks={"hold": False})
        until(lambda: _reached(system, asked) == len(asked), 60, "all are read")
        one.promise_faults_were_met(len(asked))
    one.promise(_attempts(system, asked) == len(asked), "each went out in one attempt")
    return one.ledger


def no_answer_and_not_accepted(system: System, scale: Scale, seed: int) -> Ledger:
    """Nothing arrived and nothing says so: after silence among others' receipts it is sent once more, and arrives."""
    with trial(system, "5  not accepted, no clear answer", seed=seed, settle=scale.settle) as one:
        one.flows()
        asked = [
            one.send_under(f"fault{number}", fault)
            for number, fault in enumerate(NOT_ACCEPTED_WITHOUT_A_CLEAR_ANSWER.values())
        ]
        until(lambda: with_status(system, "unknown") == len(asked), 20, "all are of unknown outcome")
        one.promise_faults_were_met(len(asked))
        prove_that_receipts_come(one)
        silence_passes(system, scale)
        until(lambda: with_status(system, "unknown") == 0, scale.settle, "silence is taken for what it is")
    one.promise(_attempts(system, asked) == 2 * len(asked), "each went out in one more attempt")
    return one.ledger


def silence_without_witnesses(system: System, scale: Scale, seed: int) -> Ledger:
    """The answer is lost and no receipt of anybody's comes: silence proves nothing, so nothing is sent again."""
    with trial(system, "5  silence while nobody's receipts come", seed=seed, settle=scale.settle) as one:
        system.meta.control("faults", webhooks={"hold": True})
        asked = [one.send_under(f"fault{number}", {"fault": "lose_answer"}) for number in range(3)]
        until(lambda: with_status(system, "unknown") == len(asked), 20, "all are of unknown outcome")
        silence_passes(system, scale)
        _wait_until_looked_at(one, scale)
        one.promise(with_status(system, "unknown") == len(asked), "they stay unknown")
        one.promise(how_many(system, "SELECT count(*) FROM receipts") == 0, "no receipt came; else nothing was tried")
        system.meta.control("faults", webhooks={"hold": False})
    return one.ledger


def receipts_held_back_by_our_own_outage(system: System, scale: Scale, seed: int) -> Ledger:
    """The receipt of a lost answer is refused by us once and comes again late, behind those of younger messages."""
    with trial(system, "5  silence after our own outage", seed=seed, settle=scale.settle) as one:
        one.flows()
        system.meta.control("settings", retry_start_ms=RETRIED_AFTER_MS, retry_max_ms=RETRIED_AFTER_MS, connections=64)
        with one.locked("inbox_queue"):
            asked = [one.send_under(f"fault{number}", {"fault": "lose_answer"}) for number in range(3)]
            until(lambda: with_status(system, "unknown") == len(asked), 20, "all are of unknown outcome")
            one.passes(REFUSED_BY_THEN)
        one.flows()
        one.load.send_no_more()
        one.passes(PROMPT_RECEIPTS)
        one.promise(with_status(system, "unknown") == len(asked), "their receipts are late; else nothing was tried")
        silence_passes(system, scale)
        _wait_until_looked_at(one, scale)
    return one.ledger


def connections_refused(system: System, scale: Scale, seed: int) -> Ledger:
    """Meta's port is closed: nothing left, so everything is simply sent again."""
    with trial(system, "5  connections to Meta refused", seed=seed, settle=scale.settle) as one:
        one.flows()
        system.meta.control("faults", fault="refuse", delay_ms=1_500)
        one.passes(1.6)
        one.flows()
    refused = how_many(system, "SELECT count(*) FROM attempts WHERE outcome = 'retry' AND http_status IS NULL")
    one.promise(refused > 0, "some calls were refused; else nothing was tried")
    unclear = how_many(system, "SELECT count(*) FROM attempts WHERE outcome IN ('unknown', 'settled')")
    one.promise(unclear == 0, f"no attempt's outcome is unclear; {unclear}")
    return one.ledger


def _reached(system: System, asked: list[Asked]) -> int:
    ids = [one.message_id for one in asked]
    return how_many(system, "SELECT count(*) FROM messages WHERE id = ANY(%s::uuid[]) AND status = 'read'", ids)


def _attempts(system: System, asked: list[Asked]) -> int:
    ids = [one.message_id for one in asked]
    return how_many(system, "SELECT coalesce(sum(attempt), 0) FROM messages WHERE id = ANY(%s::uuid[])", ids)


def _wait_until_looked_at(one: Trial, scale: Scale) -> None:
    """Wait until the rule for silence has been applied to every message that it concerns."""
    soon = "SELECT count(*) FROM outbox WHERE state = 'unknown' AND due_at <= now() + interval '20 seconds'"
    until(lambda: how_many(one.system, soon) == 0, scale.settle, "silence is looked at")


FAULTS: Final = tuple(
    Fault(FAMILY, run)
    for run in (
        answers_lost_after_acceptance,
        no_answer_and_not_accepted,
        silence_without_witnesses,
        receipts_held_back_by_our_own_outage,
        connections_refused,
    )
)
