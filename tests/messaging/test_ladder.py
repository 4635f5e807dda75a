"""Receipts in any order, repeated, in any batches: regressed 0."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.ladder import (
    DELIVERY_EVIDENCE,
    FINAL,
    MESSAGE_STATUSES,
    RANK,
    RECEIPT_STATUSES,
    SETTLED,
    Receipt,
    advance,
    fold,
    is_contradicted,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

times = st.integers(min_value=0, max_value=9).map(lambda seconds: NOON + timedelta(seconds=seconds))
one_receipt = st.tuples(st.sampled_from(sorted(RECEIPT_STATUSES)), times, st.sampled_from([None, 1, 2]))
receipt_lists = st.lists(one_receipt, max_size=12)
statuses = st.sampled_from(MESSAGE_STATUSES)


def receipt(status: str, seconds: int = 0, attempt: int | None = 1) -> Receipt:
    return status, NOON + timedelta(seconds=seconds), attempt


@st.composite
def shuffled_and_repeated(draw: st.DrawFn) -> tuple[list[Receipt], list[Receipt]]:
    """A list of receipts, and the same receipts in another order with some of them repeated."""
    receipts = draw(receipt_lists)
    repeats = draw(st.lists(st.sampled_from(receipts), max_size=6)) if receipts else []
    return receipts, draw(st.permutations(receipts + repeats))


@st.composite
def batched(draw: st.DrawFn, receipts: Sequence[Receipt]) -> list[Sequence[Receipt]]:
    cuts = sorted(draw(st.sets(st.integers(min_value=0, max_value=len(receipts)))))
    return [receipts[a:b] for a, b in zip([0, *cuts], [*cuts, len(receipts)], strict=True)]


def climb(current: str, batches: Sequence[Sequence[Receipt]]) -> list[str]:
    """The status at the start and after each batch."""
    trail = [current]
    for batch in batches:
        trail.append(advance(trail[-1], fold(batch), failed_counts=True))
    return trail


def is_conflict(receipts: Sequence[Receipt]) -> bool:
    seen = {status for status, _, _ in receipts}
    return "failed" in seen and bool(seen & DELIVERY_EVIDENCE)


def test_the_statuses_are_those_of_the_contract() -> None:
    named = "scheduled queued sending unknown accepted held sent delivered read played failed cancelled"
    assert " ".join(MESSAGE_STATUSES) == named


def test_the_ranks_rise_step_by_step_so_that_sql_can_compare_them() -> None:
    assert list(RANK.values()) == list(range(len(RANK)))
    assert RANK.keys().isdisjoint(FINAL)


@given(current=statuses, data=st.data(), receipts=receipt_lists)
def test_no_order_of_receipts_ever_takes_a_status_back(
    current: str, data: st.DataObject, receipts: list[Receipt]
) -> None:
    trail = climb(current, data.draw(batched(receipts)))
    for before, after in pairwise(trail):
        assert after == before or (before not in FINAL and (after == "failed" or RANK[after] > RANK[before]))


@given(current=statuses, data=st.data(), receipts=receipt_lists)
def test_what_was_delivered_never_becomes_failed(current: str, data: st.DataObject, receipts: list[Receipt]) -> None:
    trail = climb(current, data.draw(batched(receipts)))
    for before, after in pairwise(trail):
        assert not (before in DELIVERY_EVIDENCE and after == "failed")


@given(status=st.sampled_from(sorted(SETTLED)), receipts=receipt_lists)
def test_a_settled_status_stays_whatever_comes(status: str, receipts: list[Receipt]) -> None:
    assert advance(status, fold(receipts), failed_counts=True) == status


@given(shuffled_and_repeated())
def test_order_and_repeats_within_a_batch_make_no_difference(
    pair: tuple[list[Receipt], list[Receipt]],
) -> None:
    receipts, shuffled = pair
    assert fold(receipts) == fold(shuffled)


@given(current=statuses, data=st.data(), pair=shuffled_and_repeated())
def test_receipts_that_come_again_in_any_order_and_batches_change_nothing(
    current: str, data: st.DataObject, pair: tuple[list[Receipt], list[Receipt]]
) -> None:
    receipts, again = pair
    reached = climb(current, data.draw(batched(receipts)))[-1]
    assert set(climb(reached, data.draw(batched(again)))) == {reached}


@given(current=statuses, data=st.data(), pair=shuffled_and_repeated())
def test_the_batching_decides_nothing_unless_meta_reports_both_failure_and_delivery(
    current: str, data: st.DataObject, pair: tuple[list[Receipt], list[Receipt]]
) -> None:
    receipts, shuffled = pair
    at_once = climb(current, [receipts])[-1]
    split = climb(current, data.draw(batched(shuffled)))[-1]
    if is_conflict(receipts):
        peak = fold(receipts).peak
        assert {at_once, split} <= {current, "failed", peak}
    else:
        assert split == at_once


@given(data=st.data(), receipts=receipt_lists)
def test_the_earliest_time_of_each_status_is_kept_whatever_the_batching(
    data: st.DataObject, receipts: list[Receipt]
) -> None:
    kept: dict[str, datetime] = {}
    for batch in data.draw(batched(receipts)):
        for status, at in fold(batch).stamps.items():
            kept[status] = min(at, kept.get(status, at))
    assert kept == fold(receipts).stamps
    assert all(at == min(t for s, t, _ in receipts if s == status) for status, at in kept.items())


@given(current=statuses.filter(lambda status: status != "failed"), receipts=receipt_lists)
def test_a_failure_that_does_not_count_fails_nothing(current: str, receipts: list[Receipt]) -> None:
    assert advance(current, fold(receipts), failed_counts=False) != "failed"


def test_every_order_of_one_full_journey_ends_read() -> None:
    journey = [receipt("sent", 1), receipt("delivered", 2), receipt("delivered", 3), receipt("read", 4)]
    for order in permutations(journey):
        for cuts in range(2 ** (len(order) - 1)):
            batches: list[list[Receipt]] = [[order[0]]]
            for position, item in enumerate(order[1:]):
                if cuts >> position & 1:
                    batches.append([item])
                else:
                    batches[-1].append(item)
            assert climb("accepted", batches)[-1] == "read"


STORIES = [
    ("a late sent never undoes read", "read", [receipt("sent", 9)], "read"),
    ("a late sent never undoes failed", "failed", [receipt("sent", 9)], "failed"),
    ("read alone implies delivery", "accepted", [receipt("read", 1)], "read"),
    ("a receipt may come before the send is recorded", "sending", [receipt("delivered", 1)], "delivered"),
    ("a receipt settles an unknown outcome", "unknown", [receipt("sent", 1)], "sent"),
    ("a held message may still go out", "held", [receipt("sent", 1)], "sent"),
    ("a held message may still fail", "held", [receipt("failed", 1)], "failed"),
    ("sent is no evidence of delivery", "accepted", [receipt("sent", 1), receipt("failed", 2)], "failed"),
    ("failed wins over an earlier sent row", "sent", [receipt("failed", 2)], "failed"),
    ("failed after delivery is ignored", "delivered", [receipt("failed", 2)], "delivered"),
    ("delivery after failed is kept aside", "failed", [receipt("delivered", 2)], "failed"),
    ("in one batch the earlier wins: failed", "sent", [receipt("read", 3), receipt("failed", 2)], "failed"),
    ("in one batch the earlier wins: read", "sent", [receipt("failed", 3), receipt("read", 2)], "read"),
    ("delivery wins a tie", "sent", [receipt("failed", 2), receipt("delivered", 2)], "delivered"),
    ("a cancelled message stays cancelled", "cancelled", [receipt("delivered", 2)], "cancelled"),
    ("a queued resend that arrived before needs no call", "queued", [receipt("read", 2)], "read"),
    ("no receipts, no change", "accepted", [], "accepted"),
]


@pytest.mark.parametrize(("_promise", "current", "receipts", "expected"), STORIES, ids=[story[0] for story in STORIES])
def test_story(_promise: str, current: str, receipts: list[Receipt], expected: str) -> None:
    assert advance(current, fold(receipts), failed_counts=True) == expected


def test_a_late_sent_of_a_failed_attempt_does_not_bury_the_resend() -> None:
    late = fold([receipt("sent", 1, attempt=1), receipt("failed", 2, attempt=1)], closed_attempts={1})
    assert advance("queued", late, failed_counts=True) == "queued"
    assert set(late.stamps) == {"sent", "failed"}


def test_delivery_of_a_failed_attempt_counts_all_the_same() -> None:
    late = fold([receipt("delivered", 2, attempt=1)], closed_attempts={1})
    assert advance("queued", late, failed_counts=True) == "delivered"


def test_the_failure_of_a_closed_attempt_does_not_outdate_the_delivery_of_the_next() -> None:
    batch = [
        receipt("failed", 1, attempt=1),
        receipt("delivered", 5, attempt=2),
        receipt("failed", 7, attempt=2),
    ]
    assert advance("accepted", fold(batch, closed_attempts={1}), failed_counts=True) == "delivered"


def test_the_fold_tells_which_attempt_failed_last() -> None:
    folded = fold([receipt("failed", 1, attempt=1), receipt("failed", 5, attempt=2), receipt("failed", 6, attempt=2)])
    assert folded.failed
    assert (folded.failed_attempt, folded.failed_at) == (2, NOON + timedelta(seconds=5))


def test_failure_and_delivery_together_are_flagged_for_a_person() -> None:
    assert is_contradicted({"sent", "failed", "read"})
    assert not is_contradicted({"sent", "failed"})
    assert not is_contradicted({"sent", "delivered"})


@pytest.mark.parametrize("status", ["deleted", "warning", "accepted", "queued", ""])
def test_a_status_that_no_receipt_has_is_an_error_of_the_caller(status: str) -> None:
    with pytest.raises(ValueError, match="no receipt status"):
        fold([receipt(status)])
