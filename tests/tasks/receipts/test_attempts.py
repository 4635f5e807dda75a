"""Receipts and answers of several attempts at one message: each counts for its own."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from db.queries import claims, outcomes
from tests.tasks.receipts.sent import Sent, send_again


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


def test_a_late_yes_to_an_attempt_that_a_receipt_failed_does_not_swallow_the_resend(sending: Sent) -> None:
    sending.hear(("failed", 5, 1))
    assert sending.row.status == "failed"
    assert sending.resend()
    sending.answer("accepted", 1)
    assert sending.row.status == "queued"
    state = text("SELECT state FROM outbox WHERE message_id = :id")
    assert sending.connection.execute(state, {"id": sending.id}).scalar_one() == "waiting"
