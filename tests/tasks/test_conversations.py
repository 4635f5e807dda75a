"""What customers write becomes threads: S0.24, S0.25, S1.16, S2.20, and the rules of windows."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from db.queries import live_events
from tasks.conversation_rules import forget_rules
from tasks.ingest import drain_once
from tests.rows import CUSTOMER, Place, add_channel, change, put_in_inbox, webhook
from tests.tasks.inbound import add_rule, answers, come_in, echo, now_item, one, rows, run, said, typed


def test_a_message_opens_a_thread_that_waits_to_be_read(engine: Engine, place: Place) -> None:
    come_in(
        engine, now_item("wamid.1"), now_item("wamid.2"), contacts=[{"wa_id": CUSTOMER[1:], "profile": {"name": "Ana"}}]
    )
    thread = one(engine, "SELECT v.*, c.name FROM conversations v JOIN contacts c ON c.id = v.contact_id")
    assert (thread.state, thread.unread, thread.name) == ("open", 2, "Ana")
    assert timedelta(hours=23) < thread.window_closes_at - datetime.now(UTC) < timedelta(hours=24)
    messages = rows(engine, "SELECT conversation_id FROM messages")
    assert {row.conversation_id for row in messages} == {thread.id}


def test_the_same_message_again_changes_nothing(engine: Engine, place: Place) -> None:
    come_in(engine, now_item("wamid.1"), now_item("wamid.1"))
    before = one(engine, "SELECT * FROM conversations")
    come_in(engine, now_item("wamid.1"))
    assert one(engine, "SELECT * FROM conversations") == before
    assert one(engine, "SELECT count(*) AS n FROM live_events WHERE kind = 'new_message'").n == 1


def test_a_message_of_last_week_opens_no_window(engine: Engine, place: Place) -> None:
    come_in(engine, now_item("wamid.1", minutes_ago=7 * 24 * 60))
    thread = one(engine, "SELECT * FROM conversations")
    assert thread.window_closes_at < datetime.now(UTC)
    assert thread.unread == 1


def test_a_late_message_never_closes_a_window_earlier(engine: Engine, place: Place) -> None:
    come_in(engine, now_item("wamid.1"))
    before = one(engine, "SELECT window_closes_at FROM conversations")
    come_in(engine, now_item("wamid.2", minutes_ago=600))
    assert one(engine, "SELECT window_closes_at FROM conversations") == before


def test_reactions_edits_and_revokes_are_kept_and_open_nothing(engine: Engine, place: Place) -> None:
    come_in(
        engine,
        typed("wamid.2", "reaction", {"message_id": "wamid.1", "emoji": "👍"}),
        typed(
            "wamid.3", "edit", {"original_message_id": "wamid.1", "message": {"type": "text", "text": {"body": "x"}}}
        ),
        typed("wamid.4", "revoke", {"original_message_id": "wamid.1"}),
    )
    thread = one(engine, "SELECT * FROM conversations")
    assert (thread.unread, thread.window_closes_at) == (0, None)
    about = rows(engine, "SELECT type, context_wamid FROM messages ORDER BY wamid")
    assert [tuple(row) for row in about] == [(kind, "wamid.1") for kind in ("reaction", "edit", "revoke")]


def test_a_closed_thread_opens_again_when_the_customer_writes(engine: Engine, place: Place) -> None:
    come_in(engine, now_item("wamid.1"))
    run(engine, "UPDATE conversations SET state = 'closed', closed_at = now()")
    come_in(engine, now_item("wamid.2"))
    thread = one(engine, "SELECT state, closed_at FROM conversations")
    assert tuple(thread) == ("open", None)


def test_a_group_is_a_thread_of_its_own_without_a_window(engine: Engine, place: Place) -> None:
    come_in(engine, now_item("wamid.1"), now_item("wamid.2", group_id="G1"), now_item("wamid.3", group_id="G1"))
    group = one(engine, "SELECT * FROM conversations WHERE group_id = 'G1'")
    assert (group.contact_id, group.unread, group.window_closes_at) == (None, 2, None)
    alone = one(engine, "SELECT * FROM conversations WHERE group_id IS NULL")
    assert alone.unread == 1


def test_a_file_waits_to_be_fetched_as_soon_as_its_message_is_stored(engine: Engine, place: Place) -> None:
    file = {"id": "7", "mime_type": "application/pdf", "sha256": "abc=", "filename": "pago.pdf"}
    for _ in range(2):
        come_in(engine, typed("wamid.1", "document", file))
    waiting = one(engine, "SELECT f.*, m.wamid FROM media_files f JOIN messages m ON m.id = f.message_id")
    assert (waiting.state, waiting.meta_id, waiting.filename, waiting.wamid) == ("waiting", "7", "pago.pdf", "wamid.1")


def test_every_new_message_and_status_is_told_in_the_order_of_its_tenant_without_gaps(
    engine: Engine, place: Place
) -> None:
    with engine.begin() as connection:
        other = add_channel(connection, "other", "2002")
    come_in(engine, now_item("wamid.1"), now_item("wamid.2"))
    put_in_inbox(engine, webhook(change("2002", messages=[now_item("wamid.1")])))
    come_in(engine, field="smb_message_echoes", message_echoes=[echo("wamid.E")])
    status = {"id": "wamid.E", "status": "read", "timestamp": "1763700000", "recipient_id": CUSTOMER[1:]}
    for _ in range(2):
        come_in(engine, statuses=[status])
    with engine.begin() as connection:
        assert live_events.number(connection, limit=3) == 3
        assert live_events.number(connection) == 2
        assert live_events.number(connection) == 0
        told = live_events.since(connection, place.tenant_id, 0)
        assert [(one.sequence, one.kind) for one in told] == [
            (1, "new_message"),
            (2, "new_message"),
            (3, "new_message"),
            (4, "message_status"),
        ]
        assert [one.sequence for one in live_events.since(connection, place.tenant_id, 3)] == [4]
        assert live_events.latest(connection, other.tenant_id) == 1
    assert told[3].payload == {"status": "read"}
    assert not any(CUSTOMER[1:] in str(one.payload) or "hello" in str(one.payload) for one in told)


@pytest.mark.parametrize("size", [1, 40])
def test_a_batch_of_messages_takes_the_same_few_statements_whatever_its_size(
    engine: Engine, place: Place, size: int
) -> None:
    add_rule(engine, place)
    known = [now_item(f"wamid.K{n}", minutes_ago=5, **{"from": f"1809555{n:04}"}) for n in range(size)]
    come_in(engine, *known)
    new = [said(f"wamid.N{n}", "horario", **{"from": f"1829555{n:04}"}) for n in range(size)]
    again = [said(f"wamid.A{n}", "horario", **{"from": f"1809555{n:04}"}) for n in range(size)]
    files = [typed(f"wamid.F{n}", "image", {"id": str(n)}, **{"from": f"1809555{n:04}"}) for n in range(size)]
    put_in_inbox(engine, *(webhook(change(messages=[item])) for item in (*new, *again, *files)))
    forget_rules()
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cu, statement, *_: statements.append(statement))
    assert drain_once(engine)
    # claim · numbers · known messages · settings, rules · contacts: locked, released, changed, made · threads: opened ·
    # messages · threads: moved on · files · answered when, answers, noted · events told · finish · claim repeated
    assert len(statements) == 18
    assert len(answers(engine)) == 2 * size
