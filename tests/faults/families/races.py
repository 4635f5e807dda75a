"""10. Two of everything at the same moment: workers, calls, a cancel and a claim, a resend and a receipt."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

import requests

from tests.faults.callers import Asked, message, message_id_of, phone_of
from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.load import Rates
from tests.faults.rows import how_many, with_status
from tests.faults.scale import Scale
from tests.faults.second_senders import SENDERS, go, not_before_both_are_there, promise_that_both_sent, second_senders
from tests.faults.system import System
from tests.faults.trial import Trial, trial
from tests.faults.waiting import until

FAMILY: Final = 10
NO_LOAD: Final = Rates(sends=0, posts=0, written=0)
OK, ACCEPTED, CONFLICT = 200, 202, 409
MOST_TRIES: Final = 8
"""Rounds of cancels until some came in time and some too late."""


def two_workers_one_message(system: System, scale: Scale, seed: int) -> Ledger:
    """Messages wait until two sending workers are there, and both are rung for again and again."""
    with trial(system, "10 two workers, one message", rates=NO_LOAD, seed=seed, settle=scale.settle) as one:
        system.meta.control("settings", answer_delay_ms=400)  # long enough for both to be at it
        system.kill(SENDERS)
        for number in range(8 * scale.repeats):
            one.load.callers.send_now(f"both{number}")
        not_before_both_are_there(system)
        with second_senders(system):
            go(system)
            until(lambda: _open_sends(system) == 0, 60, "all are sent")
            promise_that_both_sent(one)
    return one.ledger


def two_api_calls_one_key(system: System, scale: Scale, seed: int) -> Ledger:
    """The same request with the same key from several callers at once: one message, one answer for all."""
    with trial(system, "10 two API calls, one key", rates=NO_LOAD, seed=seed, settle=scale.settle) as one:
        for number in range(scale.repeats):
            answers = _ask_at_once(one, f"key{number}", callers=4)
            ids = {message_id_of(answer.json()) for answer in answers if answer.status_code == ACCEPTED}
            one.promise(
                len(ids) == 1, f"one message for one key: {len(ids)}, {[answer.status_code for answer in answers]}"
            )
    return one.ledger


def cancel_races_with_the_claim(system: System, scale: Scale, seed: int) -> Ledger:
    """A cancel comes while the message is being claimed: either it is cancelled and never sent, or it is too late."""
    with trial(system, "10 cancel races with the claim", rates=NO_LOAD, seed=seed, settle=scale.settle) as one:
        cancelled: list[bool] = []
        while len(set(cancelled)) < 2 and len(cancelled) < MOST_TRIES * 2 * scale.repeats:
            first = len(cancelled)
            cancelled += [_send_and_cancel(one, first + number) for number in range(2 * scale.repeats)]
        one.promise(len(set(cancelled)) == 2, f"some come in time, some too late; else nothing was tried: {cancelled}")
    with system.database() as connection:
        rows = connection.execute("SELECT count(*) FROM messages WHERE status = 'cancelled'").fetchone()
    one.promise(rows == (sum(cancelled),), f"what was answered cancelled is: {sum(cancelled)}, {rows}")
    return one.ledger


def resend_races_with_a_late_receipt(system: System, scale: Scale, seed: int) -> Ledger:
    """A person has a message of unknown outcome sent again while its receipts arrive at last."""
    name = "10 resend races with a late receipt"
    with trial(system, name, rates=NO_LOAD, seed=seed, settle=scale.settle) as one:
        system.meta.control("faults", webhooks={"hold": True})
        system.meta.control("faults", fault="lose_answer", next=scale.repeats)
        asked = [one.load.callers.send_now(f"late{number}") for number in range(scale.repeats)]
        until(lambda: with_status(system, "unknown") == len(asked), 30, "all are of unknown outcome")
        release = threading.Thread(target=system.meta.control, args=("faults",), kwargs={"webhooks": {"hold": False}})
        release.start()
        again = [one.resend(one_asked) for one_asked in asked]
        release.join()
        one.promise(any(again), "some were sent again; else nothing was tried")
    return one.ledger


def _ask_at_once(one: Trial, name: str, callers: int) -> list[requests.Response]:
    asked = one.load.book.open(Asked(f"{one.label}{name}", phone_of(len(one.load.book.asked))))
    path, body = message(asked)
    answers: list[requests.Response] = []

    def ask() -> None:
        answer = one.api.call("POST", path, body, key=asked.reference)
        assert answer is not None
        answers.append(answer)

    _at_once([ask] * callers)
    asked.message_id = next((message_id_of(one.json()) for one in answers if one.status_code == ACCEPTED), None)
    return answers


def _send_and_cancel(one: Trial, number: int) -> bool:
    asked = one.load.callers.send_now(f"cancel{number}")
    one.passes(one.random.uniform(0, 0.08))
    answer = one.api.call("POST", f"/v1/messages/{asked.message_id}/cancel")
    assert answer is not None
    one.promise(answer.status_code in (OK, CONFLICT), f"cancel is answered {answer.status_code}")
    return answer.status_code == OK


def _at_once(work: Sequence[Callable[[], Any]]) -> None:
    gate = threading.Barrier(len(work))

    def run(piece: Callable[[], Any]) -> None:
        gate.wait(5)
        piece()

    threads = [threading.Thread(target=run, args=(piece,)) for piece in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _open_sends(system: System) -> int:
    return how_many(system, "SELECT count(*) FROM outbox")


FAULTS: Final = tuple(
    Fault(FAMILY, run)
    for run in (
        two_workers_one_message,
        two_api_calls_one_key,
        cancel_races_with_the_claim,
        resend_races_with_a_late_receipt,
    )
)
