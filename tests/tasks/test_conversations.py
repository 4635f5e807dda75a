"""What customers write becomes threads: S0.24, S0.25, S0.28, S1.16, S2.20, and the issue's rules of windows and consent."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, text

from db.ids import new_id
from db.queries import live_events
from tasks.conversation_rules import forget_rules
from tasks.ingest import drain_once
from tests.rows import CUSTOMER, Place, add_channel, change, put_in_inbox, text_item, webhook

BSUID = "DO.7F3kQ9ab41"
OTHER_BSUID = "DO.9ab417F3kQ"
NEW_PHONE = "18095550077"


@pytest.fixture(autouse=True)
def fresh_rules() -> Iterator[None]:
    forget_rules()
    yield
    forget_rules()


def now_item(wamid: str, *, minutes_ago: float = 1, **more: Any) -> Any:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return {**text_item(wamid), "timestamp": str(int(at.timestamp())), **more}


def typed(wamid: str, kind: str, body: Any, **more: Any) -> Any:
    item = now_item(wamid, **more)
    del item["text"]
    return {**item, "type": kind, kind: body}


def come_in(engine: Engine, *items: Any, field: str = "messages", **lists: Any) -> None:
    """Let a webhook arrive and be ingested."""
    body = webhook(change(field=field, **({"messages": list(items)} if items else {}), **lists))
    put_in_inbox(engine, body)
    while drain_once(engine):
        pass


def rows(engine: Engine, statement: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(statement), values))


def one(engine: Engine, statement: str, **values: Any) -> Any:
    [row] = rows(engine, statement, **values)
    return row


def run(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def contacts(engine: Engine) -> list[tuple[str | None, str | None]]:
    return [tuple(row) for row in rows(engine, "SELECT phone, bsuid FROM contacts ORDER BY id")]


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


# --- who is who ----------------------------------------------------------------------------------------------------


def test_both_forms_of_a_brazilian_number_are_one_thread(engine: Engine, place: Place) -> None:
    come_in(engine, now_item("wamid.1", **{"from": "5511987654321"}))
    come_in(engine, now_item("wamid.2", **{"from": "551187654321"}))
    assert contacts(engine) == [("+5511987654321", None)]
    assert len(rows(engine, "SELECT id FROM conversations")) == 1


def test_two_contacts_that_prove_to_be_one_become_one_thread_with_all_messages(engine: Engine, place: Place) -> None:
    come_in(engine, now_item("wamid.1"))
    without_number = now_item("wamid.2", from_user_id=BSUID)
    del without_number["from"]
    come_in(engine, without_number)
    first = one(engine, "SELECT id FROM contacts WHERE phone IS NOT NULL")
    younger = one(engine, "SELECT id FROM conversations WHERE contact_id <> :id", id=first.id)
    run(
        engine,
        "INSERT INTO conversation_notes (id, tenant_id, conversation_id, author, text) VALUES (:id, :t, :c, 'x', 'y')",
        id=new_id(),
        t=place.tenant_id,
        c=younger.id,
    )
    come_in(engine, now_item("wamid.3", from_user_id=BSUID))
    assert contacts(engine) == [(CUSTOMER, BSUID)]
    thread = one(engine, "SELECT id, contact_id, unread FROM conversations")
    assert (thread.contact_id, thread.unread) == (first.id, 3)
    assert {row.conversation_id for row in rows(engine, "SELECT conversation_id FROM messages")} == {thread.id}
    assert one(engine, "SELECT conversation_id FROM conversation_notes").conversation_id == thread.id


def test_a_merge_keeps_threads_of_other_numbers_and_the_proof_of_consent(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        second = add_channel(connection, "default", "2002")
    come_in(engine, now_item("wamid.1"))
    without_number = now_item("wamid.2", from_user_id=BSUID, text={"body": "STOP"})
    del without_number["from"]
    put_in_inbox(engine, webhook(change("2002", messages=[without_number])))
    come_in(engine, now_item("wamid.3", from_user_id=BSUID))
    contact = one(engine, "SELECT id, marketing_act FROM contacts")
    assert contact.marketing_act == "stop"
    threads = rows(engine, "SELECT channel_id, contact_id FROM conversations")
    assert {(row.channel_id, row.contact_id) for row in threads} == {
        (place.channel_id, contact.id),
        (second.channel_id, contact.id),
    }
    assert {row.contact_id for row in rows(engine, "SELECT contact_id FROM consent_changes")} == {contact.id}


def system(wamid: str, body: dict[str, Any], **more: Any) -> Any:
    return typed(wamid, "system", {"type": "user_changed_number", "body": "x", **body}, **more)


def test_who_gets_a_new_number_keeps_the_thread(engine: Engine, place: Place) -> None:
    come_in(engine, now_item("wamid.1", from_user_id=BSUID))
    moved = system("wamid.2", {"wa_id": NEW_PHONE, "user_id": OTHER_BSUID, "previous_user_id": BSUID})
    come_in(engine, moved)
    come_in(engine, now_item("wamid.3", **{"from": NEW_PHONE, "from_user_id": OTHER_BSUID}))
    assert contacts(engine) == [(f"+{NEW_PHONE}", OTHER_BSUID)]
    assert one(engine, "SELECT unread FROM conversations").unread == 2


def test_a_change_of_number_that_is_told_again_later_takes_nothing_from_the_numbers_next_owner(
    engine: Engine, place: Place
) -> None:
    come_in(engine, now_item("wamid.1", from_user_id=BSUID))
    moved = system("wamid.2", {"wa_id": NEW_PHONE, "user_id": OTHER_BSUID, "previous_user_id": BSUID})
    come_in(engine, moved)
    come_in(engine, now_item("wamid.3", from_user_id="DO.NextOwner"))
    come_in(engine, moved)
    assert sorted(contacts(engine)) == sorted([(f"+{NEW_PHONE}", OTHER_BSUID), (CUSTOMER, "DO.NextOwner")])


# --- our own phone, and history ------------------------------------------------------------------------------------


def echo(wamid: str, **more: Any) -> Any:
    return {**now_item(wamid), "from": "15550783881", "to": CUSTOMER[1:], **more}


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


# --- consent -------------------------------------------------------------------------------------------------------


def set_settings(engine: Engine, place: Place, **columns: Any) -> None:
    names = ", ".join(("tenant_id", *columns))
    values = ", ".join((":tenant_id", *(f":{name}" for name in columns)))
    run(engine, f"INSERT INTO conversation_settings ({names}) VALUES ({values})", tenant_id=place.tenant_id, **columns)


def consent(engine: Engine) -> tuple[str | None, str | None]:
    row = one(engine, "SELECT marketing_act, utility_act FROM contacts")
    return row.marketing_act, row.utility_act


def said(wamid: str, words: str, **more: Any) -> Any:
    return now_item(wamid, text={"body": words}, **more)


def test_stop_is_noted_confirmed_once_and_start_restores(engine: Engine, place: Place) -> None:
    set_settings(engine, place, stop_confirmation="No más mensajes.", start_confirmation="Bienvenido.")
    come_in(engine, said("wamid.1", "STOP", minutes_ago=3))
    assert consent(engine) == ("stop", "stop")
    come_in(engine, said("wamid.1", "STOP", minutes_ago=3))
    answers = rows(engine, "SELECT m.text FROM messages m JOIN outbox o ON o.message_id = m.id ORDER BY m.id")
    assert [row.text for row in answers] == ["No más mensajes."]
    come_in(engine, said("wamid.2", "alta", minutes_ago=2))
    assert consent(engine) == ("start", "start")
    assert len(rows(engine, "SELECT message_id FROM outbox")) == 2
    history = rows(engine, "SELECT category, act, source FROM consent_changes ORDER BY id")
    assert sorted(map(tuple, history)) == sorted(
        (category, act, "word") for act in ("stop", "start") for category in ("marketing", "utility")
    )


def test_a_word_within_a_sentence_or_below_a_photo_changes_nothing(engine: Engine, place: Place) -> None:
    come_in(
        engine,
        said("wamid.1", "please stop by tomorrow"),
        typed("wamid.2", "image", {"id": "1", "caption": "STOP"}),
        said("wamid.3", "STOP", group_id="G1"),
    )
    assert consent(engine) == (None, None)


def test_a_choice_made_in_whatsapp_is_about_marketing_alone_and_the_latest_counts(engine: Engine, place: Place) -> None:
    def chose(value: str, at: int) -> Any:
        choice = {
            "wa_id": CUSTOMER[1:],
            "detail": "x",
            "category": "marketing_messages",
            "value": value,
            "timestamp": at,
        }
        return {"user_preferences": [choice]}

    come_in(engine, field="user_preferences", **chose("stop", 1763700100))
    assert consent(engine) == ("stop", None)
    come_in(engine, field="user_preferences", **chose("resume", 1763700000))
    assert consent(engine) == ("stop", None)
    come_in(engine, field="user_preferences", **chose("resume", 1763700200))
    assert consent(engine) == ("start", None)


# --- rules ---------------------------------------------------------------------------------------------------------


def add_rule(engine: Engine, place: Place, **columns: Any) -> UUID:
    values = {
        "id": new_id(),
        "tenant_id": place.tenant_id,
        "position": 1,
        "name": "hours",
        "match": "contains",
        "pattern": "horario",
        "answer": "De 9 a 5.",
        **columns,
    }
    names = ", ".join(values)
    run(engine, f"INSERT INTO auto_reply_rules ({names}) VALUES ({', '.join(f':{name}' for name in values)})", **values)
    forget_rules()
    return values["id"]


def answers(engine: Engine) -> list[str]:
    found = rows(engine, "SELECT m.text FROM messages m JOIN outbox o ON o.message_id = m.id ORDER BY m.id")
    return [row.text for row in found]


def test_a_rule_answers_within_the_thread(engine: Engine, place: Place) -> None:
    add_rule(engine, place)
    come_in(engine, said("wamid.1", "¿Cuál es su Horario?"))
    reply = one(engine, "SELECT * FROM messages WHERE direction = 'outbound'")
    assert (reply.text, reply.source, reply.status, reply.contact_phone) == (
        "De 9 a 5.",
        "auto_reply",
        "queued",
        CUSTOMER,
    )
    assert reply.conversation_id == one(engine, "SELECT id FROM conversations").id


def test_a_rule_answers_a_contact_once_in_its_period_also_within_one_batch(engine: Engine, place: Place) -> None:
    add_rule(engine, place, once_per_seconds=3600)
    come_in(engine, said("wamid.1", "horario", minutes_ago=3), said("wamid.2", "horario", minutes_ago=2))
    come_in(engine, said("wamid.3", "horario"))
    assert answers(engine) == ["De 9 a 5."]
    run(engine, "UPDATE auto_replies SET answered_at = now() - interval '61 minutes'")
    come_in(engine, said("wamid.4", "horario"))
    assert len(answers(engine)) == 2


def test_without_a_period_every_message_is_answered_and_a_repeated_one_is_not(engine: Engine, place: Place) -> None:
    add_rule(engine, place)
    for _ in range(2):
        come_in(engine, said("wamid.1", "horario", minutes_ago=3), said("wamid.2", "horario", minutes_ago=2))
    assert len(answers(engine)) == 2


def test_nothing_else_is_answered(engine: Engine, place: Place) -> None:
    add_rule(engine, place, match="regex", pattern=".*")
    come_in(
        engine,
        said("wamid.1", "horario", group_id="G1"),
        said("wamid.2", "horario", minutes_ago=7 * 24 * 60),
        said("wamid.3", "horario", minutes_ago=120),
        typed("wamid.4", "image", {"id": "1", "caption": "horario"}),
        typed("wamid.5", "reaction", {"message_id": "wamid.1", "emoji": "👍"}),
    )
    come_in(engine, field="smb_message_echoes", message_echoes=[echo("wamid.E")])
    assert answers(engine) == []


def test_who_said_stop_is_answered_by_no_rule_until_they_write_again(engine: Engine, place: Place) -> None:
    add_rule(engine, place, match="regex", pattern=".*")
    come_in(engine, said("wamid.1", "stop", minutes_ago=3))
    assert answers(engine) == []
    come_in(engine, said("wamid.2", "¿horario?", minutes_ago=2))
    assert answers(engine) == ["De 9 a 5."]


def test_rules_of_another_tenant_do_not_answer(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        other = add_channel(connection, "other", "2002")
    add_rule(engine, other)
    come_in(engine, said("wamid.1", "horario"))
    assert answers(engine) == []


# --- files and events ----------------------------------------------------------------------------------------------


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
