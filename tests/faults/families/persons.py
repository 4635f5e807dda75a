"""5. Unknown outcomes that are a person's to settle: with RESEND_UNKNOWN=never silence sends nothing again."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Final

from tests.faults.callers import Asked
from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.rows import all_of, how_many, status_of, with_status
from tests.faults.scale import Scale
from tests.faults.system import System
from tests.faults.time_passes import silence_passes
from tests.faults.trial import Trial, trial
from tests.faults.waiting import until
from tests.faults.witnesses import prove_that_receipts_come

FAMILY: Final = 5
HOUSEKEEPING: Final = "worker-housekeeping"
OK: Final = 200
EACH: Final = 3

_LEFT_TO_A_PERSON: Final = "SELECT count(*) FROM outbox WHERE state = 'unknown' AND due_at = 'infinity'"
_SETTLED: Final = (
    "SELECT target, actor LIKE 'key:%%', details ->> 'outcome' FROM audit_log WHERE action = 'message.settled'"
)
_SENT_BY_RULE: Final = "SELECT count(*) FROM audit_log WHERE actor = 'rule:unknown'"


def unknown_left_to_a_person(system: System, scale: Scale, seed: int) -> Ledger:
    """What silence would have sent again stays unknown until a person settles it, either way, with a line in the log."""
    with (
        _never_sent_again(system),
        trial(system, "5  unknown, left to a person", seed=seed, settle=scale.settle) as one,
    ):
        one.flows()
        arrived = _settled_as_sent(one)
        lost = [one.send_under(f"lost{number}", {"fault": "http_500"}) for number in range(EACH)]
        until(lambda: with_status(system, "unknown") == EACH, 20, "all are of unknown outcome")
        prove_that_receipts_come(one)
        silence_passes(system, scale)
        until(lambda: how_many(system, _LEFT_TO_A_PERSON) == EACH, scale.settle, "silence counts, and sends nothing")
        _promise_listed(one, lost)
        _settle(one, lost[0], "not_sent", becomes="failed")
        for asked in lost:
            one.promise(one.resend(asked), "a person can have it sent again")
        until(lambda: _all_read(one, [*arrived, *lost]), 30, "all are read in the end")
        _promise_audited(one, {(asked.message_id, "sent") for asked in arrived} | {(lost[0].message_id, "not_sent")})
    return one.ledger


def _settled_as_sent(one: Trial) -> list[Asked]:
    """Settle messages that Meta took, as the person knows, before their receipts come: these count all the same."""
    one.system.meta.control("faults", webhooks={"hold": True})
    asked = [one.send_under(f"arrived{number}", {"fault": "lose_answer"}) for number in range(EACH)]
    until(lambda: with_status(one.system, "unknown") == EACH, 20, "all are of unknown outcome")
    for each in asked:
        _settle(one, each, "sent", becomes="accepted")
    one.system.meta.control("faults", webhooks={"hold": False})
    until(lambda: _all_read(one, asked), 30, "receipts that come later still count")
    return asked


def _settle(one: Trial, asked: Asked, outcome: str, *, becomes: str) -> None:
    answer = one.api.call("POST", f"/v1/messages/{asked.message_id}/settle", {"outcome": outcome})
    one.promise(answer is not None and answer.status_code == OK, f"a person settles it as {outcome}")
    status = status_of(one.system, asked.message_id)
    one.promise(status == becomes, f"settled as {outcome} it is {becomes}; {status}")


def _promise_listed(one: Trial, lost: Sequence[Asked]) -> None:
    listed = {message["id"] for message in one.api.get("/v1/messages?status=unknown")["data"]}
    one.promise(listed == {asked.message_id for asked in lost}, f"they are listed as unknown: {listed}")
    again = how_many(one.system, _SENT_BY_RULE)
    one.promise(again == 0, f"the rule sends nothing again; {again}")


def _promise_audited(one: Trial, wanted: set[tuple[str | None, str]]) -> None:
    lines = all_of(one.system, _SETTLED)
    told = {(target, outcome) for target, by_a_key, outcome in lines if by_a_key}
    one.promise(told == wanted and len(lines) == len(wanted), f"a line of the audit log for each: {lines}")


def _all_read(one: Trial, asked: Sequence[Asked]) -> bool:
    return all(status_of(one.system, each.message_id) == "read" for each in asked)


@contextlib.contextmanager
def _never_sent_again(system: System) -> Iterator[None]:
    system.give_variables(HOUSEKEEPING, {"RESEND_UNKNOWN": "never"})
    system.kill(HOUSEKEEPING)
    try:
        yield
    finally:
        system.give_variables(HOUSEKEEPING, {})
        system.kill(HOUSEKEEPING)


FAULTS: Final = (Fault(FAMILY, unknown_left_to_a_person),)
