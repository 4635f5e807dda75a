"""Receipts in every order, repeated, cut into any batches, mixed with the answer to the send and with people who have
it sent again: the SQL does what messaging.ladder says, and no message ever goes back (regressed 0)."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise, permutations
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy import Connection, Engine, event, text

from db.engine import build_engine
from db.ids import new_id
from db.queries import claims, outbox, outcomes, receipts
from db.queries.arrivals import ArrivedMessage, add_messages
from db.queries.channels import Route
from db.queries.outcomes import Outcome
from db.queries.receipts import KeptReceipt, keep_receipts
from embedded.postgres import Postgres
from messaging import callback_data, ladder
from messaging.ladder import DELIVERY_EVIDENCE, FINAL, RANK, RECEIPT_STATUSES
from tasks.ingest import drain_once
from tasks.ingest_receipts import PlacedReceipt, write_receipts
from tests.rows import (
    NOW,
    PHONE_NUMBER_ID,
    WABA_ID,
    Place,
    add_channel,
    add_message,
    change,
    put_in_inbox,
    status_item,
    webhook,
)
from whatsapp.items import Receipt, ReportedError

DATABASE = "receipt_orders"
STAMPED = ("sent", "delivered", "read", "played")
LIVE = ("sending", "unknown", "accepted", "held", "sent")
"""Where a failure still ends a message."""
MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

Told = tuple[str, int, int | None]
"""Status, seconds after noon, number of our attempt or None."""


@pytest.fixture(scope="module")
def module_engine(postgres_server: Postgres, migrated_template: str) -> Iterator[Engine]:
    """One database for all examples: each has messages of its own."""
    name, template = sql.Identifier(DATABASE), sql.Identifier(migrated_template)
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, template))
        engine = build_engine(postgres_server.url_of(DATABASE))
        yield engine
        engine.dispose()
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="module")
def number(module_engine: Engine) -> Place:
    with module_engine.begin() as connection:
        return add_channel(connection, throughput=1000)


@contextmanager
def forgotten(engine: Engine) -> Iterator[Connection]:
    """A connection of whose work nothing is kept."""
    with engine.connect() as connection:
        yield connection
        connection.rollback()


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


class Sent:
    """A message of ours, and what Meta says about it."""

    def __init__(self, connection: Connection, place: Place, status: str = "accepted") -> None:
        self.connection = connection
        self.place = place
        self.id = add_message(connection, place, status, attempt=1)

    @property
    def row(self) -> Any:
        return self.connection.execute(text("SELECT * FROM messages WHERE id = :id"), {"id": self.id}).one()

    @property
    def is_queued(self) -> bool:
        found = self.connection.execute(text("SELECT FROM outbox WHERE message_id = :id"), {"id": self.id})
        return found.first() is not None

    def claim(self) -> None:
        """Let a worker take it, whatever was sent before."""
        self.connection.execute(text("UPDATE pacing SET tokens = 1000, refilled_at = clock_timestamp()"))
        self.connection.execute(text("DELETE FROM pair_pacing"))
        (claimed,) = claims.claim(self.connection, self.place.channel_id, 1)
        assert claimed.id == self.id

    def hear(self, *receipts: Told) -> str:
        """Process a batch of receipts; return the status after it."""
        route = Route(self.place.tenant_id, self.place.channel_id)
        placed = [PlacedReceipt(self._receipt(*one), route) for one in receipts]
        if placed:
            write_receipts(self.connection, placed)
        return str(self.row.status)

    def answer(self, status: str, attempt: int = 1, **more: Any) -> str:
        """Record what came of the call; return the status after it."""
        wamid = self.wamid(attempt) if status in ("accepted", "held") else None
        outcome = "retry" if status == "queued" else status
        delay = timedelta(0) if status in ("queued", "unknown") else None
        outcomes.record(self.connection, [Outcome(self.id, attempt, outcome, status, delay=delay, wamid=wamid, **more)])
        return str(self.row.status)

    def resend(self) -> bool:
        return outbox.resend(self.connection, self.place.tenant_id, self.id)

    def wamid(self, attempt: int) -> str:
        return f"wamid.{self.id}.{attempt}"

    def _receipt(self, status: str, seconds: int, attempt: int | None) -> Receipt:
        at = time_of(seconds)
        callback = callback_data.write(self.id, attempt) if attempt else None
        wamid = self.wamid(attempt or 1)
        return Receipt(
            phone_number_id=PHONE_NUMBER_ID,
            waba_id=WABA_ID,
            field="messages",
            raw=status_item(status, wamid=wamid, callback=callback, at=at),
            wamid=wamid,
            status=status,
            at=at,
            recipient_phone=None,
            recipient_bsuid=None,
            participant="",
            group_id=None,
            callback_data=callback,
            error=ReportedError(131026, "Undeliverable", None, None, None) if status == "failed" else None,
            pricing=None,
            conversation=None,
        )


def time_of(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def as_ladder(receipts: Sequence[Told]) -> list[ladder.Receipt]:
    return [(status, time_of(seconds), attempt) for status, seconds, attempt in receipts]


def expected(row: Any, batch: Sequence[Told]) -> str:
    """What the rules make of a batch."""
    fold = ladder.fold(as_ladder(batch), closed_attempts=range(1, row.closed_attempt + 1))
    counts = row.status in LIVE and fold.failed_attempt in (None, row.attempt)
    return ladder.advance(row.status, fold, failed_counts=counts)


def is_no_step_back(before: str, after: str) -> bool:
    if before == after:
        return True
    if before in FINAL:
        return False
    return RANK[after] > RANK[before] if after != "failed" else before not in DELIVERY_EVIDENCE


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


def send_again(message: Sent) -> None:
    """Let a worker send a message that was queued again, as its second attempt."""
    message.claim()
    message.answer("accepted", 2)


@pytest.fixture
def message(module_engine: Engine, number: Place) -> Iterator[Sent]:
    """An accepted message; nothing of the test is kept."""
    with forgotten(module_engine) as connection:
        yield Sent(connection, number)


@pytest.fixture
def sending(module_engine: Engine, number: Place) -> Iterator[Sent]:
    """A message whose call is on its way, as its first attempt."""
    with forgotten(module_engine) as connection:
        made = Sent(connection, number, "queued")
        connection.execute(text("UPDATE messages SET attempt = 0 WHERE id = :id"), {"id": made.id})
        made.claim()
        yield made


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


def test_a_failure_that_overtook_the_answer_keeps_its_reason(sending: Sent) -> None:
    assert sending.hear(("failed", 5, 1)) == "failed"
    assert sending.answer("accepted") == "failed"
    row = sending.row
    assert (row.error_code, row.error_title, row.wamid) == (131026, "Undeliverable", sending.wamid(1))
    assert not sending.is_queued


def test_a_receipt_that_settles_a_lost_answer_takes_its_error_away(sending: Sent) -> None:
    assert sending.answer("unknown", error_title="No clear answer from Meta: read_timeout") == "unknown"
    assert sending.row.error_title is not None
    assert sending.hear(("delivered", 5, 1)) == "delivered"
    row = sending.row
    assert (row.error_code, row.error_title, row.wamid) == (None, None, sending.wamid(1))
    assert not sending.is_queued


def test_the_error_of_an_earlier_attempt_is_gone_once_a_later_one_is_accepted(sending: Sent) -> None:
    sending.answer("queued", error_code=131016, error_title="Service unavailable")
    assert sending.row.error_code == 131016
    sending.claim()
    sending.hear(("sent", 5, 2))
    sending.answer("accepted", 2)
    assert (sending.row.status, sending.row.error_code) == ("sent", None)


def test_a_resend_whose_answer_is_lost_bears_the_id_of_the_new_attempt(message: Sent) -> None:
    message.hear(("failed", 1, 1))
    message.resend()
    message.claim()
    message.answer("unknown", 2)
    message.hear(("delivered", 5, 2))
    assert (message.row.status, message.row.wamid) == ("delivered", message.wamid(2))


def test_a_repeated_failure_of_a_resent_attempt_is_neither_shown_nor_flagged(message: Sent) -> None:
    message.hear(("failed", 1, 1))
    message.resend()
    send_again(message)
    message.hear(("delivered", 5, 2), ("failed", 1, 1))
    message.hear(("failed", 1, 1))
    row = message.row
    assert (row.status, row.failed_at, row.anomaly, row.error_code) == ("delivered", None, None, None)


def test_failure_and_delivery_of_one_attempt_are_flagged_whichever_came_first(message: Sent) -> None:
    message.hear(("failed", 1, 1))
    message.hear(("read", 5, 1))
    assert (message.row.status, message.row.anomaly) == ("failed", "delivered_after_failed")
    other = Sent(message.connection, message.place)
    other.hear(("read", 5, 1))
    other.hear(("failed", 9, 1))
    assert (other.row.status, other.row.anomaly) == ("read", "failed_after_delivered")


def sent_again(sending: Sent) -> None:
    """Let the first call's answer be lost and the message be sent again; the second call is on its way."""
    sending.answer("unknown")
    assert sending.resend()
    sending.claim()


def test_a_receipt_of_the_first_attempt_after_the_second_was_taken_tells_that_the_customer_has_it_twice(
    sending: Sent,
) -> None:
    sent_again(sending)
    sending.answer("accepted", 2)
    assert sending.hear(("read", 8, 2)) == "read"
    assert sending.row.anomaly is None
    assert sending.hear(("sent", 9, 1)) == "read"
    assert (sending.row.anomaly, sending.row.wamid) == ("sent_twice", sending.wamid(2))


def test_receipts_of_both_attempts_in_one_batch_tell_so_too(sending: Sent) -> None:
    sent_again(sending)
    sending.answer("unknown", 2)
    assert sending.hear(("delivered", 8, 2), ("sent", 5, 1)) == "delivered"
    assert sending.row.anomaly == "sent_twice"


def test_a_receipt_of_the_first_attempt_before_the_seconds_answer_tells_so_with_the_answer(sending: Sent) -> None:
    sent_again(sending)
    assert sending.hear(("sent", 5, 1)) == "sent"
    assert sending.row.anomaly is None
    sending.answer("accepted", 2)
    assert (sending.row.status, sending.row.anomaly) == ("sent", "sent_twice")


def test_an_attempt_that_a_person_forgave_makes_the_next_one_no_repeat(message: Sent) -> None:
    message.hear(("failed", 5, 1))
    message.resend()
    send_again(message)
    message.hear(("sent", 4, 1), ("read", 9, 2))
    assert message.row.anomaly is None


def test_a_failure_of_the_first_attempt_is_no_proof_that_the_customer_has_it_twice(sending: Sent) -> None:
    sent_again(sending)
    sending.answer("accepted", 2)
    sending.hear(("sent", 8, 2), ("failed", 7, 1))
    assert sending.row.anomaly != "sent_twice"


@pytest.mark.parametrize("late", ["accepted", "failed", "queued", "unknown"])
def test_an_answer_so_late_that_the_message_was_resent_and_claimed_again_leaves_the_new_attempt_alone(
    sending: Sent, late: str
) -> None:
    connection = sending.connection
    connection.execute(
        text("UPDATE outbox SET due_at = now() - interval '1 s' WHERE message_id = :id"), {"id": sending.id}
    )
    assert outcomes.mark_abandoned(connection, delay=timedelta(minutes=15)) == [sending.id]
    assert sending.resend()
    sending.claim()
    sending.answer(late, 1)
    assert (sending.row.status, sending.row.attempt) == ("sending", 2)
    state = text("SELECT state FROM outbox WHERE message_id = :id")
    assert connection.execute(state, {"id": sending.id}).scalar_one() == "claimed"
    sending.answer("queued", 2)
    assert connection.execute(state, {"id": sending.id}).scalar_one() == "waiting"


@pytest.mark.parametrize("late", ["accepted", "failed", "queued", "unknown"])
def test_an_answer_that_comes_after_a_person_had_it_resent_but_before_the_claim_sends_nothing_twice(
    sending: Sent, late: str
) -> None:
    connection = sending.connection
    connection.execute(
        text("UPDATE outbox SET due_at = now() - interval '1 s' WHERE message_id = :id"), {"id": sending.id}
    )
    outcomes.mark_abandoned(connection, delay=timedelta(minutes=15))
    sending.resend()
    sending.answer(late, 1)
    connection.execute(text("DELETE FROM pair_pacing"))
    claimed = claims.claim(connection, sending.place.channel_id, 1)
    assert [one.id for one in claimed] == ([] if late == "accepted" else [sending.id])


Store = Callable[[Connection, Any], int]


def kept_receipts(place: Place) -> list[KeptReceipt]:
    batch = new_id().hex
    return [
        KeptReceipt(place.tenant_id, place.channel_id, f"wamid.{batch}.{n}", "sent", "", NOW, None, None, {})
        for n in range(1000)
    ]


def arrived_messages(place: Place) -> list[ArrivedMessage]:
    batch = new_id().hex
    return [
        ArrivedMessage(
            id=new_id(),
            tenant_id=place.tenant_id,
            channel_id=place.channel_id,
            wamid=f"wamid.{batch}.{n}",
            type="text",
            contact_phone="+18095550001",
            contact_bsuid=None,
            contact_name=None,
            group_id=None,
            text=None,
            content={},
            context_wamid=None,
            delivered_at=NOW,
        )
        for n in range(1000)
    ]


@pytest.mark.parametrize(
    ("store", "rows_of"),
    [(keep_receipts, kept_receipts), (add_messages, arrived_messages)],
    ids=["receipts", "messages"],
)
def test_two_workers_that_got_the_same_items_in_opposite_orders_store_each_once_and_never_deadlock(
    module_engine: Engine, number: Place, store: Store, rows_of: Callable[[Place], list[Any]]
) -> None:
    def work(rows: list[Any]) -> int:
        with module_engine.begin() as connection:
            return store(connection, rows)

    for _ in range(2):
        rows = rows_of(number)
        with ThreadPoolExecutor(2) as workers:
            stored = list(workers.map(work, (rows, rows[::-1])))
        assert sum(stored) == len(rows)


def test_a_wamid_alone_finds_the_message_within_its_number_only(message: Sent) -> None:
    message.answer("accepted")
    connection = message.connection
    other = add_channel(connection, "other", "2002")
    stranger = Sent(connection, other)
    connection.execute(
        text("UPDATE messages SET wamid = :wamid WHERE id = :id"), {"wamid": message.wamid(1), "id": stranger.id}
    )
    message.hear(("read", 5, None))
    assert (message.row.status, stranger.row.status) == ("read", "accepted")


def test_callback_data_with_an_id_that_is_not_ours_moves_nothing(message: Sent) -> None:
    somebody_elses = UUID(int=message.id.int ^ 1)
    mine, message.id = message.id, somebody_elses
    route = Route(message.place.tenant_id, message.place.channel_id)
    write_receipts(message.connection, [PlacedReceipt(message._receipt("read", 5, 1), route)])
    message.id = mine
    assert message.row.status == "accepted"


def test_one_bad_receipt_among_thousands_is_found_in_a_few_steps_and_costs_only_itself(engine: Engine) -> None:
    unindexable = "wamid." + "".join(chr(0x4E00 + n) for n in range(9000))  # an index row holds at most 2,704 bytes
    wamids = [*(f"wamid.{n}" for n in range(2000)), unindexable, *(f"wamid.{n}" for n in range(2000, 3000))]
    with engine.begin() as connection:
        add_channel(connection)
    put_in_inbox(engine, webhook(change(statuses=[status_item("sent", wamid=wamid) for wamid in wamids])))
    statements: list[str] = []
    event.listen(engine, "savepoint", lambda _connection, name: statements.append(name))
    assert drain_once(engine)
    assert len(statements) < 30
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM receipts")).scalar_one() == 3000
        assert connection.execute(text("SELECT count(*) FROM inbox_queue")).scalar_one() == 1


def test_a_row_of_unknown_outcome_that_somebody_held_while_its_receipt_came_is_settled_by_the_next_look(
    sending: Sent,
) -> None:
    connection = sending.connection
    sending.answer("unknown", 1)
    sending.hear(("sent", 5, 1))
    connection.execute(
        text(
            "INSERT INTO outbox (message_id, tenant_id, channel_id, state, recipient, due_at) "
            "SELECT id, tenant_id, channel_id, 'unknown', '', now() FROM messages WHERE id = :id"
        ),
        {"id": sending.id},
    )
    assert receipts.left_on_outbox(connection) == [sending.id]
    receipts.settle(connection, receipts.left_on_outbox(connection))
    assert receipts.left_on_outbox(connection) == []
    assert connection.execute(text("SELECT count(*) FROM outbox")).scalar_one() == 0


def test_a_late_yes_to_an_attempt_that_a_receipt_failed_does_not_swallow_the_resend(sending: Sent) -> None:
    sending.hear(("failed", 5, 1))
    assert sending.row.status == "failed"
    assert sending.resend()
    sending.answer("accepted", 1)
    assert sending.row.status == "queued"
    state = text("SELECT state FROM outbox WHERE message_id = :id")
    assert sending.connection.execute(state, {"id": sending.id}).scalar_one() == "waiting"
