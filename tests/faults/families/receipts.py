"""6. Receipts early, late, twice, in every order, contradicting each other, for nobody we know."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from tests.faults.callers import Asked
from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.load import Rates
from tests.faults.rows import all_of, how_many, with_status
from tests.faults.scale import Scale
from tests.faults.system import System
from tests.faults.trial import Trial, trial
from tests.faults.waiting import until
from tests.rows import status_item

FAMILY: Final = 6
NO_LOAD: Final = Rates(sends=0, posts=0, written=0)
ANSWER_DELAY_MS: Final = 600
"""Far from GRAPH_READ_TIMEOUT_SECONDS: an answer given up is another fault, and leaves these receipts without a message."""
STATUSES: Final = ("sent", "delivered", "read", "failed")
EVIDENCE: Final = ("delivered", "read")
WEEK: Final = 7 * 86_400

_LATE: Final = (
    (("sent", 1), ("sent", 2), ("delivered", 2)),
    (("delivered", 2), ("sent", 1), ("read", 1)),
    (("sent", 1), ("read", 1)),
    (("delivered", 1), ("failed", 2), ("delivered", 1)),
)
"""Status and attempt; the last is the best that was told."""

_BEFORE_THE_ANSWER: Final = """
SELECT count(*) FROM receipts r JOIN attempts a ON a.message_id = r.message_id AND a.number = r.attempt
WHERE r.received_at < a.ended_at
"""


def receipts_before_the_answer_twice_and_shuffled(system: System, scale: Scale, seed: int) -> Ledger:
    """Receipts are acknowledged before the send is answered, in copies, out of order, each POST twice at once."""
    with trial(system, "6  receipts before the answer, twice, shuffled", seed=seed, settle=scale.settle) as one:
        faults = {"before_answer": True, "duplicate": 3, "shuffle": True, "twin": True}
        system.meta.control("faults", webhooks=faults)
        one.flows()
        one.passes(scale.outage)
    early = how_many(system, _BEFORE_THE_ANSWER)
    one.promise(early > 0, "receipts came before their answer was recorded; else nothing was tried")
    told = _told_in_order(system)
    one.promise(any(len(one) > len(set(one)) for one in told), "receipts came twice; else nothing was tried")
    one.promise(any(_is_shuffled(one) for one in told), "receipts came out of order; else nothing was tried")
    return one.ledger


def receipts_seven_days_late(system: System, scale: Scale, seed: int) -> Ledger:
    """Receipts and messages are dated a week back, as Meta's last retry brings them."""
    with trial(system, "6  receipts seven days late", seed=seed, settle=scale.settle) as one:
        system.meta.control("faults", webhooks={"age_s": WEEK})
        one.flows()
        one.passes(scale.outage)
    young = how_many(system, "SELECT count(*) FROM receipts WHERE at > now() - interval '6 days'")
    kept = how_many(system, "SELECT count(*) FROM receipts")
    one.promise(kept > 0 and young == 0, f"receipts are a week old; else nothing was tried: {young} of {kept} are not")
    return one.ledger


def receipts_that_never_come(system: System, scale: Scale, seed: int) -> Ledger:
    """Meta accepts and answers, and no receipt ever comes: the message stays accepted and is not sent again."""
    with trial(system, "6  receipts that never come", seed=seed, settle=scale.settle) as one:
        system.meta.control("faults", webhooks={"drop": True})
        one.flows()
        one.passes(scale.outage)
    with system.database() as connection:
        rows = connection.execute("SELECT DISTINCT status FROM messages WHERE direction = 'outbound'").fetchall()
    one.promise(rows == [("accepted",)], f"all stay accepted; {rows}")
    one.promise(how_many(system, "SELECT count(*) FROM receipts") == 0, "no receipt came; else nothing was tried")
    return one.ledger


def receipts_before_the_wamid_is_known(system: System, scale: Scale, seed: int) -> Ledger:
    """A receipt without our callback data names a wamid that the answer is still to bring."""
    with trial(system, "6  receipts before the wamid is known", rates=NO_LOAD, seed=seed, settle=scale.settle) as one:
        system.meta.control("settings", webhooks=False, answer_delay_ms=ANSWER_DELAY_MS)
        asked = [one.load.callers.send_now(f"early{number}") for number in range(scale.repeats)]
        wamids = until(lambda: _wamids(one, len(asked)), 20, "Meta has them all")
        one.promise(_without_wamid(system) > 0, "some answers are still on their way; else nothing was tried")
        items = [status_item("delivered", wamid=wamid, at=_now()) for wamid in wamids]
        one.load.posts.until_receipts_are_acknowledged(items)
        until(lambda: with_status(system, "delivered") == len(asked), 30, "all are delivered")
    return one.ledger


def receipts_in_every_order(system: System, scale: Scale, seed: int) -> Ledger:
    """Every order of sent, delivered, read and failed, each with a repeat, each receipt in a POST of its own."""
    name = "6  receipts in every order, failed among them"
    with trial(system, name, rates=NO_LOAD, seed=seed, settle=scale.settle) as one:
        system.meta.control("settings", webhooks=False)
        orders = list(_orders(one, scale))
        asked = [one.load.callers.send_now(f"order{number}") for number in range(len(orders))]
        until(lambda: len(_wamids(one, len(asked))) == len(asked), 30, "all are sent")
        by_reference = _wamid_by_reference(one)
        for step in range(max(map(len, orders))):
            _post_step(one, step, orders, asked, by_reference)
        until(lambda: _queue_is_empty(system), 20, "all receipts are processed")
        _promise_ends(one, orders, asked)
    return one.ledger


def receipts_of_the_first_attempt_a_week_later(system: System, scale: Scale, seed: int) -> Ledger:
    """A person had a message of unknown outcome sent again; a week later its first attempt's receipts come after all."""
    name = "6  first attempt's receipts a week later"
    with trial(system, name, rates=NO_LOAD, seed=seed, settle=scale.settle) as one:
        system.meta.control("settings", webhooks=False)
        asked = [one.send_under(f"twice{number}", {"fault": "lose_answer"}) for number in range(len(_LATE))]
        until(lambda: with_status(system, "unknown") == len(asked), 20, "all are of unknown outcome")
        for each in asked:
            one.promise(one.resend(each), "it is sent again")
        until(lambda: with_status(system, "accepted") == len(asked), 20, "Meta took all a second time")
        _let_a_week_pass(system)
        sends = {send["callback_data"]: send["wamid"] for send in system.meta.look("sends")}
        for each, told in zip(asked, _LATE, strict=True):
            _tell(one, each, told, sends)
        until(lambda: _queue_is_empty(system), 20, "all receipts are processed")
    for each, told in zip(asked, _LATE, strict=True):
        [found] = all_of(system, "SELECT status, anomaly FROM messages WHERE id = %s", each.message_id)
        one.promise(found == (told[-1][0], "sent_twice"), f"{told}: flagged, and never back; {found}")
    return one.ledger


def receipts_for_unknown_wamids(system: System, scale: Scale, seed: int) -> Ledger:
    """Receipts of another app's sends, and of messages and attempts that never were, harm nothing and are kept."""
    with trial(system, "6  receipts for unknown wamids", seed=seed, settle=scale.settle) as one:
        one.flows()
        strangers = [f"wamid.STRANGER{one.label}{number}" for number in range(20)]
        callbacks = (None, "not ours", "00000000-0000-0000-0000-000000000000:1", "order-42:xyz")
        items = [
            status_item(status, wamid=wamid, at=_now(), **({"callback": callback} if callback else {}))
            for wamid, callback, status in zip(
                strangers, itertools.cycle(callbacks), itertools.cycle(STATUSES), strict=False
            )
        ]
        one.load.posts.until_receipts_are_acknowledged(items)
        one.flows()
    return one.ledger


def _orders(one: Trial, scale: Scale) -> Iterator[tuple[str, ...]]:
    """Every order of the four statuses, a repeat put into each at random, as many times as the scale says."""
    orders = list(itertools.permutations(STATUSES))
    for number in range(max(scale.repeats, len(orders))):
        order = list(orders[number % len(orders)])
        order.insert(one.random.randrange(5), one.random.choice(STATUSES))
        yield tuple(order)


def _post_step(
    one: Trial,
    step: int,
    orders: Sequence[tuple[str, ...]],
    asked: Sequence[Asked],
    by_reference: dict[str, dict[str, Any]],
) -> None:
    """Post the receipt number `step` of every message in one webhook, and wait until it is processed."""
    items = []
    for order, one_asked in zip(orders, asked, strict=True):
        sent = by_reference[one_asked.reference]
        at = _now() + timedelta(seconds=STATUSES.index(order[step]))
        items.append(status_item(order[step], wamid=sent["wamid"], callback=sent["callback_data"], at=at))
    one.random.shuffle(items)
    one.load.posts.until_receipts_are_acknowledged(items)
    until(lambda: _queue_is_empty(one.system), 20, "a step of receipts is processed")


def _promise_ends(one: Trial, orders: Sequence[tuple[str, ...]], asked: Sequence[Asked]) -> None:
    """Whoever was first, failed or evidence of delivery, stands; both together are flagged."""
    with one.system.database() as connection:
        rows = {
            reference: (status, anomaly)
            for reference, status, anomaly in connection.execute(
                "SELECT client_reference, status, anomaly FROM messages WHERE direction = 'outbound'"
            )
        }
    for order, one_asked in zip(orders, asked, strict=True):
        status, anomaly = rows[one_asked.reference]
        failed_first = order.index("failed") < min(order.index(name) for name in EVIDENCE)
        wanted = "failed" if failed_first else "read"
        one.promise(status == wanted and anomaly is not None, f"{order}: {wanted}, flagged; is {status}, {anomaly}")


def _let_a_week_pass(system: System) -> None:
    with system.database() as connection:
        connection.execute(
            "UPDATE messages SET created_at = created_at - interval '7 days', accepted_at = accepted_at - interval '7 days'"
        )
        connection.execute("UPDATE attempts SET started_at = started_at - interval '7 days'")


def _tell(one: Trial, asked: Asked, told: Sequence[tuple[str, int]], sends: dict[str, str]) -> None:
    """Post receipts of both attempts, each in a POST of its own, in this order."""
    for status, attempt in told:
        callback = f"{asked.message_id}:{attempt}"
        item = status_item(status, wamid=sends[callback], callback=callback, at=_now())
        one.load.posts.until_receipts_are_acknowledged([item])
        until(lambda: _queue_is_empty(one.system), 20, "the receipt is processed")


def _told_in_order(system: System) -> list[list[str]]:
    """Return for each wamid the statuses that its receipts brought, in the order of their arrival."""
    told: dict[str, list[str]] = defaultdict(list)
    for (body,) in all_of(system, "SELECT body FROM inbox ORDER BY received_at, id"):
        for changed in orjson.loads(bytes(body))["entry"][0]["changes"]:
            for item in changed["value"].get("statuses", ()):
                told[item["id"]].append(item["status"])
    return list(told.values())


def _is_shuffled(told: Sequence[str]) -> bool:
    first = list(dict.fromkeys(told))
    return first != sorted(first, key=STATUSES.index)


def _now() -> datetime:
    return datetime.now(UTC)


def _wamids(one: Trial, wanted: int) -> list[str]:
    wamids = [sent["wamid"] for sent in one.system.meta.look("sends")]
    return wamids if len(wamids) >= wanted else []


def _wamid_by_reference(one: Trial) -> dict[str, dict[str, Any]]:
    sends = one.system.meta.look("sends")
    return {sent["body"]["template"]["components"][0]["parameters"][1]["text"]: sent for sent in sends}


def _without_wamid(system: System) -> int:
    return how_many(system, "SELECT count(*) FROM messages WHERE direction = 'outbound' AND wamid IS NULL")


def _queue_is_empty(system: System) -> bool:
    return how_many(system, "SELECT count(*) FROM inbox_queue") == 0


FAULTS: Final = tuple(
    Fault(FAMILY, run)
    for run in (
        receipts_before_the_answer_twice_and_shuffled,
        receipts_seven_days_late,
        receipts_that_never_come,
        receipts_before_the_wamid_is_known,
        receipts_in_every_order,
        receipts_of_the_first_attempt_a_week_later,
        receipts_for_unknown_wamids,
    )
)
