"""What the business itself wrote on its phone, now and before, stands in the threads as its own."""

from sqlalchemy import Engine

from tests.rows import CUSTOMER, Place
from tests.tasks.inbound import add_rule, come_in, echo, now_item, one, rows


def test_an_echo_of_the_phone_app_stands_in_the_thread_as_ours(engine: Engine, place: Place) -> None:
    come_in(engine, field="smb_message_echoes", message_echoes=[echo("wamid.E")])
    message = one(engine, "SELECT * FROM messages")
    assert (message.direction, message.status, message.source) == ("outbound", "sent", "echo")
    thread = one(engine, "SELECT * FROM conversations")
    assert (thread.unread, thread.window_closes_at) == (0, None)


def test_a_receipt_of_an_echo_moves_it(engine: Engine, place: Place) -> None:
    come_in(engine, field="smb_message_echoes", message_echoes=[echo("wamid.E")])
    status = {"id": "wamid.E", "status": "read", "timestamp": "1763700000", "recipient_id": CUSTOMER[1:]}
    come_in(engine, statuses=[status])
    assert one(engine, "SELECT status FROM messages").status == "read"


def test_history_is_imported_in_its_order_and_opens_no_window_and_is_not_unread(engine: Engine, place: Place) -> None:
    add_rule(engine, place, match="regex", pattern=".*")
    old = [now_item(f"wamid.H{n}", minutes_ago=60 * n) for n in (30, 20, 10)]
    ours = {**now_item("wamid.HO", minutes_ago=15 * 60), "from": "15550783881", "to": CUSTOMER[1:]}
    come_in(engine, now_item("wamid.1", minutes_ago=48 * 60))
    window = one(engine, "SELECT window_closes_at FROM conversations").window_closes_at
    threads = [{"id": CUSTOMER[1:], "messages": [*old, {**ours, "history_context": {"status": "READ"}}]}]
    come_in(engine, field="history", history=[{"metadata": {"phase": 0}, "threads": threads}])
    thread = one(engine, "SELECT * FROM conversations")
    assert (thread.unread, thread.window_closes_at) == (1, window)
    stored = rows(engine, "SELECT wamid, status FROM messages WHERE source = 'history' ORDER BY id")
    assert [tuple(row) for row in stored] == [
        ("wamid.H30", "delivered"),
        ("wamid.H20", "delivered"),
        ("wamid.HO", "read"),
        ("wamid.H10", "delivered"),
    ]
    assert rows(engine, "SELECT message_id FROM outbox") == []
