"""Receipts in every order, repeated, cut into any batches, mixed with the answer to the send and with people who have
it sent again: the SQL does what messaging.ladder says, and no message ever goes back (regressed 0)."""

from collections.abc import Sequence
from itertools import pairwise, permutations
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from messaging.ladder import RECEIPT_STATUSES
from tests.rows import Place
from tests.tasks.receipts.sent import STAMPED, Sent, Told, expected, forgotten, is_no_step_back, send_again, time_of

MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
told = st.tuples(st.sampled_from(sorted(RECEIPT_STATUSES)), st.integers(0, 9), st.just(1))
receipt_lists = st.lists(told, max_size=8)
starts = st.sampled_from(["sending", "unknown", "accepted", "held", "sent", "delivered", "read", "failed", "cancelled"])


@st.composite
def batches_of(draw: st.DrawFn, items: Sequence[Any]) -> list[list[Any]]:
    """The items in another order, some repeated, cut into batches."""
    repeats = draw(st.lists(st.sampled_from(items), max_size=4)) if items else []
    shuffled = draw(st.permutations([*items, *repeats]))
    cuts = sorted(draw(st.sets(st.integers(0, len(shuffled)), max_size=4)))
    return [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]


@MANY
@given(start=starts, receipts=receipt_lists, data=st.data())
def test_whatever_order_repeats_and_batches_the_sql_does_what_the_ladder_says_and_never_regresses(
    module_engine: Engine, number: Place, start: str, receipts: list[Told], data: st.DataObject
) -> None:
    with forgotten(module_engine) as connection:
        message = Sent(connection, number, start)
        for batch in data.draw(batches_of(receipts)):
            before = message.row
            after = message.hear(*batch)
            assert after == expected(before, batch), (before.status, batch)
            assert is_no_step_back(before.status, after)


@MANY
@given(receipts=receipt_lists, data=st.data())
def test_each_step_bears_its_earliest_time_and_every_receipt_is_kept_once(
    module_engine: Engine, number: Place, receipts: list[Told], data: st.DataObject
) -> None:
    with forgotten(module_engine) as connection:
        message = Sent(connection, number)
        for batch in data.draw(batches_of(receipts)):
            message.hear(*batch)
        row = message.row
        for status in (*STAMPED, "failed"):
            times = [time_of(seconds) for told, seconds, _ in receipts if told == status]
            assert getattr(row, f"{status}_at") == min(times, default=None), status
        history = text("SELECT status, at FROM receipts WHERE message_id = :id")
        kept = connection.execute(history, {"id": message.id}).all()
        assert sorted(kept) == sorted({(status, time_of(seconds)) for status, seconds, _ in receipts})


@MANY
@given(receipts=receipt_lists, data=st.data())
def test_receipts_that_all_come_again_change_nothing(
    module_engine: Engine, number: Place, receipts: list[Told], data: st.DataObject
) -> None:
    with forgotten(module_engine) as connection:
        message = Sent(connection, number)
        message.hear(*receipts)
        before = message.row._asdict()
        for batch in data.draw(batches_of(receipts)):
            message.hear(*batch)
        after = message.row._asdict()
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= {"updated_at", "anomaly"}
        assert before["anomaly"] in (None, after["anomaly"])


ANSWER = "answer"


@MANY
@given(
    receipts=receipt_lists,
    answer=st.sampled_from(["accepted", "held", "unknown", "queued", "failed"]),
    data=st.data(),
)
def test_the_answer_to_the_send_may_come_at_any_moment_and_undoes_nothing(
    module_engine: Engine, number: Place, receipts: list[Told], answer: str, data: st.DataObject
) -> None:
    with forgotten(module_engine) as connection:
        message = Sent(connection, number, "queued")
        connection.execute(text("UPDATE messages SET attempt = 0 WHERE id = :id"), {"id": message.id})
        message.claim()
        steps: list[Any] = data.draw(batches_of(receipts))
        steps.insert(data.draw(st.integers(0, len(steps))), ANSWER)
        for step in steps:
            before = message.row.status
            after = message.answer(answer) if step is ANSWER else message.hear(*step)
            called_off = step is ANSWER and (before, after) == ("sending", "queued")
            assert called_off or is_no_step_back(before, after)
        row = message.row
        if answer == "accepted":
            assert row.wamid == message.wamid(1)
            assert row.accepted_at is not None
            assert row.status not in ("sending", "unknown", "queued")
        assert message.is_queued == (row.status in ("queued", "unknown"))
        assert (row.status == "failed") == (row.error_code == 131026 or (answer == "failed" and row.status == "failed"))


@MANY
@given(lists=st.tuples(receipt_lists, receipt_lists, st.lists(told, max_size=5)), data=st.data())
def test_a_message_that_a_person_had_sent_again_follows_the_ladder_of_its_new_attempt(
    module_engine: Engine, number: Place, lists: tuple[list[Told], ...], data: st.DataObject
) -> None:
    first, late, second = lists
    with forgotten(module_engine) as connection:
        message = Sent(connection, number)
        message.hear(*first)
        message.hear(("failed", 0, 1))
        was_failed = message.row.status == "failed"
        assert message.resend() == was_failed
        if was_failed:
            send_again(message)
        arriving = [*late, *((status, seconds, 2) for status, seconds, _ in second)]
        for batch in data.draw(batches_of(arriving)):
            before = message.row
            after = message.hear(*batch)
            assert after == expected(before, batch), (before.status, before.attempt, batch)
            assert is_no_step_back(before.status, after)


def test_every_order_of_a_full_journey_ends_read_with_the_earliest_times(module_engine: Engine, number: Place) -> None:
    journey: list[Told] = [("sent", 1, 1), ("delivered", 2, 1), ("delivered", 3, 1), ("read", 4, 1)]
    with forgotten(module_engine) as connection:
        for order in permutations(journey):
            message = Sent(connection, number)
            trail = ["accepted", *(message.hear(one) for one in order)]
            assert all(is_no_step_back(before, after) for before, after in pairwise(trail))
            row = message.row
            assert (row.status, row.sent_at, row.delivered_at, row.read_at) == (
                "read",
                time_of(1),
                time_of(2),
                time_of(4),
            )
