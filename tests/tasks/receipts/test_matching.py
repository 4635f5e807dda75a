"""Which message a receipt belongs to, and what it settles there."""

from uuid import UUID

from sqlalchemy import text

from db.queries import receipts
from db.queries.channels import Route
from tasks.ingest_receipts import PlacedReceipt, write_receipts
from tests.rows import add_channel
from tests.tasks.receipts.sent import Sent


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
