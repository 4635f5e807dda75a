"""What becomes of the inbox."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import Engine, event, text

from db.ids import new_id
from db.queries import inbox
from messaging import callback_data
from tasks.ingest import drain_once
from tests.rows import (
    NOW,
    Place,
    add_channel,
    add_message,
    change,
    make_all_due,
    message_row,
    put_in_inbox,
    status_item,
    text_item,
    webhook,
)


def drain(engine: Engine) -> None:
    while drain_once(engine):
        pass


def rows(engine: Engine, statement: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(statement)))


def accepted(engine: Engine, place: Place, **columns: Any) -> UUID:
    with engine.begin() as connection:
        return add_message(connection, place, "accepted", **{"attempt": 1, "wamid": "wamid.A", **columns})


def test_a_receipt_with_our_callback_data_moves_its_message(engine: Engine, place: Place) -> None:
    message_id = accepted(engine, place, wamid=None)
    callback = callback_data.write(message_id, 1)
    put_in_inbox(engine, webhook(change(statuses=[status_item("sent", callback=callback)])))
    drain(engine)
    row = message_row(engine, message_id)
    assert (row.status, row.sent_at, row.wamid) == ("sent", NOW, "wamid.A")


def test_a_receipt_without_callback_data_is_matched_by_its_wamid(engine: Engine, place: Place) -> None:
    message_id = accepted(engine, place)
    put_in_inbox(engine, webhook(change(statuses=[status_item("delivered")])))
    drain(engine)
    assert message_row(engine, message_id).status == "delivered"


def test_callback_data_of_another_channel_moves_nothing(engine: Engine, place: Place) -> None:
    message_id = accepted(engine, place)
    with engine.begin() as connection:
        add_channel(connection, "other", "2002")
    callback = callback_data.write(message_id, 1)
    put_in_inbox(engine, webhook(change("2002", statuses=[status_item("read", wamid="wamid.X", callback=callback)])))
    drain(engine)
    assert message_row(engine, message_id).status == "accepted"
    assert rows(engine, "SELECT message_id FROM receipts") == [(None,)]


def test_every_field_of_a_failure_is_kept(engine: Engine, place: Place) -> None:
    message_id = accepted(engine, place)
    error = {
        "code": 131026,
        "title": "Message undeliverable",
        "message": "Message undeliverable",
        "error_data": {"details": "The recipient is not on WhatsApp"},
        "href": "https://example.com",
    }
    put_in_inbox(engine, webhook(change(statuses=[status_item("failed", errors=[error])])))
    drain(engine)
    row = message_row(engine, message_id)
    assert (row.status, row.error_code, row.error_title) == ("failed", 131026, "Message undeliverable")
    assert row.error_detail == "The recipient is not on WhatsApp"
    assert rows(engine, "SELECT raw FROM receipts")[0].raw["errors"] == [error]


def test_pricing_and_conversation_are_kept_with_the_message(engine: Engine, place: Place) -> None:
    message_id = accepted(engine, place)
    pricing = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"}
    conversation = {"id": "c1", "expiration_timestamp": "1795000000", "origin": {"type": "utility"}}
    put_in_inbox(engine, webhook(change(statuses=[status_item("sent", pricing=pricing, conversation=conversation)])))
    put_in_inbox(engine, webhook(change(statuses=[status_item("delivered")])))
    drain(engine)
    row = message_row(engine, message_id)
    assert (row.pricing, row.conversation) == (pricing, conversation)


def test_the_same_receipt_twice_is_kept_once(engine: Engine, place: Place) -> None:
    accepted(engine, place)
    body = webhook(change(statuses=[status_item("delivered")]))
    put_in_inbox(engine, body, body)
    drain(engine)
    put_in_inbox(engine, body)
    drain(engine)
    assert rows(engine, "SELECT count(*) FROM receipts") == [(1,)]


def test_a_receipt_before_its_message_is_known_is_applied_once_it_is(engine: Engine, place: Place) -> None:
    put_in_inbox(engine, webhook(change(statuses=[status_item("read", wamid="wamid.LATE")])))
    drain(engine)
    message_id = accepted(engine, place, wamid="wamid.LATE")
    from db.queries import receipts
    from whatsapp.payload import status_envelope

    with engine.begin() as connection:
        late = receipts.match_late(connection)
    assert len(late) == 1
    put_in_inbox(engine, orjson.dumps(status_envelope(late[0].phone_number_id, late[0].waba_id, late[0].raw)))
    drain(engine)
    assert message_row(engine, message_id).status == "read"
    with engine.begin() as connection:
        assert receipts.match_late(connection) == []


def test_an_inbound_message_is_stored_once_with_everything(engine: Engine, place: Place) -> None:
    contact = {"wa_id": "18095550001", "user_id": "US.1349120865530274", "profile": {"name": "Ana", "username": "@ana"}}
    body = webhook(change(contacts=[contact], messages=[text_item(body="¿Cuánto debo?")]))
    put_in_inbox(engine, body, body)
    drain(engine)
    put_in_inbox(engine, body)
    drain(engine)
    (row,) = rows(engine, "SELECT * FROM messages")
    assert (row.direction, row.type, row.text, row.contact_phone) == (
        "inbound",
        "text",
        "¿Cuánto debo?",
        "+18095550001",
    )
    assert (row.contact_name, row.tenant_id, row.channel_id) == ("Ana", place.tenant_id, place.channel_id)
    assert row.content["message"] == text_item(body="¿Cuánto debo?")
    assert row.content["contact"] == contact


def test_a_sender_without_a_phone_is_known_by_bsuid(engine: Engine, place: Place) -> None:
    item = {**text_item(), "from_user_id": "DO.13491208655302741918"}
    del item["from"]
    put_in_inbox(engine, webhook(change(messages=[item])))
    drain(engine)
    (row,) = rows(engine, "SELECT contact_phone, contact_bsuid FROM messages")
    assert row == (None, "DO.13491208655302741918")


def test_calls_never_become_messages_and_echoes_and_history_are_kept_as_they_came(engine: Engine, place: Place) -> None:
    old = text_item("wamid.OLD")
    history = change(field="history", history=[{"metadata": {"phase": 0}, "threads": [{"id": "1", "messages": [old]}]}])
    echoes = change(field="smb_message_echoes", message_echoes=[{**old, "to": "18095550001", "id": "wamid.ECHO"}])
    calls = change(
        field="calls", calls=[{"id": "wacid.1", "from": "18095550001", "event": "connect", "timestamp": "1"}]
    )
    call_statuses = change(
        field="calls",
        statuses=[{"id": "wacid.1", "type": "call", "status": "RINGING", "timestamp": "1", "recipient_id": "1809"}],
    )
    put_in_inbox(engine, webhook(history, echoes, calls, call_statuses))
    drain(engine)
    assert rows(engine, "SELECT wamid, direction, source FROM messages") == [("wamid.ECHO", "outbound", "echo")]
    assert rows(engine, "SELECT count(*) FROM receipts") == [(0,)]
    kinds = {row.kind for row in rows(engine, "SELECT kind FROM events WHERE state = 'stored'")}
    assert kinds == {"history", "echo", "call", "call_status"}


def test_what_is_unknown_is_unhandled_and_kept_once(engine: Engine, place: Place) -> None:
    unknown = webhook({"field": "telepathy", "value": {"thought": "hm"}})
    put_in_inbox(engine, unknown, unknown, b"no json at all", b'{"object": "page"}')
    drain(engine)
    found = rows(engine, "SELECT reason, state, tenant_id FROM events ORDER BY reason")
    assert [(row.reason, row.state) for row in found] == [
        ("not_json", "unhandled"),
        ("unknown_field", "unhandled"),
        ("unknown_object", "unhandled"),
    ]
    assert {row.tenant_id for row in found} == {place.tenant_id}


def test_an_unknown_number_is_kept_until_its_channel_exists(engine: Engine, place: Place) -> None:
    put_in_inbox(engine, webhook(change("999", messages=[text_item()]), waba_id="unknown"))
    drain(engine)
    (found,) = rows(engine, "SELECT * FROM events")
    assert (found.state, found.reason) == ("unhandled", "unknown_number")
    with engine.begin() as connection:
        other = add_channel(connection, "other", "999")
    with engine.begin() as connection:
        inbox.append_replay(connection, inbox_id=new_id(), body=orjson.dumps(found.envelope), event_id=found.id)
    drain(engine)
    (row,) = rows(engine, "SELECT tenant_id, wamid FROM messages")
    assert row == (other.tenant_id, "wamid.IN1")


def test_one_post_with_several_numbers_goes_to_each_tenant(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        other = add_channel(connection, "other", "2002")
    put_in_inbox(
        engine, webhook(change(messages=[text_item("wamid.1")]), change("2002", messages=[text_item("wamid.2")]))
    )
    drain(engine)
    found = {row.wamid: row.tenant_id for row in rows(engine, "SELECT wamid, tenant_id FROM messages")}
    assert found == {"wamid.1": place.tenant_id, "wamid.2": other.tenant_id}


def test_a_bad_item_costs_only_itself(engine: Engine, place: Place) -> None:
    good, bad = text_item("wamid.GOOD"), {"id": "wamid.BAD", "type": "text", "from": "1809", "timestamp": "soon"}
    put_in_inbox(engine, webhook(change(messages=[bad, good], statuses=[{"id": 7}])))
    drain(engine)
    assert rows(engine, "SELECT wamid FROM messages") == [("wamid.GOOD",)]
    assert {row.reason for row in rows(engine, "SELECT reason FROM events")} == {"malformed_item"}


def test_what_postgres_refuses_every_time_ends_as_a_failed_event_and_costs_no_neighbour(
    engine: Engine, place: Place
) -> None:
    poison = text_item("wamid." + "x" * 4000)  # an index row holds at most 2,704 bytes
    poison["id"] += "".join(chr(0x4E00 + n % 20000) for n in range(9000))
    put_in_inbox(
        engine,
        webhook(change(messages=[text_item("wamid.1"), poison, text_item("wamid.2")])),
        webhook(change(messages=[text_item("wamid.3")])),
    )
    for _ in range(inbox.MAX_ATTEMPTS + 1):
        drain(engine)
        make_all_due(engine)
    found = {row.wamid for row in rows(engine, "SELECT wamid FROM messages")}
    assert found == {"wamid.1", "wamid.2", "wamid.3"}
    (failed,) = rows(engine, "SELECT * FROM events")
    assert (failed.state, failed.reason) == ("failed", "processing_failed")
    assert rows(engine, "SELECT count(*) FROM inbox_queue") == [(0,)]


def test_an_item_nested_too_deeply_to_be_written_again_is_kept_as_the_bytes_it_came_in(
    engine: Engine, place: Place
) -> None:
    deep = '{"a":' * 400 + "1" + "}" * 400
    body = webhook(change(messages=[text_item("wamid.1"), {"id": "wamid.DEEP", "deep": "HERE"}]))
    put_in_inbox(engine, body.replace(b'"HERE"', deep.encode()))
    for _ in range(inbox.MAX_ATTEMPTS + 1):
        drain(engine)
        make_all_due(engine)
    assert rows(engine, "SELECT wamid FROM messages") == [("wamid.1",)]
    (event_row,) = rows(engine, "SELECT envelope, inbox_id, state FROM events")
    assert event_row.envelope is None
    assert rows(engine, "SELECT id FROM inbox") == [(event_row.inbox_id,)]


def test_a_post_with_a_thousand_statuses_is_one_batch(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        ids = [add_message(connection, place, "accepted", attempt=1) for _ in range(1000)]
    statuses = [
        status_item("sent", wamid=f"wamid.{n}", callback=callback_data.write(one, 1)) for n, one in enumerate(ids)
    ]
    put_in_inbox(engine, webhook(change(statuses=statuses)))
    drain(engine)
    assert rows(engine, "SELECT status, count(*) FROM messages GROUP BY status") == [("sent", 1000)]


@pytest.mark.parametrize("size", [1, 40])
def test_a_batch_takes_the_same_few_statements_whatever_its_size(engine: Engine, place: Place, size: int) -> None:
    with engine.begin() as connection:
        ids = [add_message(connection, place, "accepted", attempt=1) for _ in range(size)]
    put_in_inbox(
        engine,
        *(
            webhook(change(statuses=[status_item("sent", wamid=f"w{n}", callback=callback_data.write(one, 1))]))
            for n, one in enumerate(ids)
        ),
        *(webhook(change(messages=[text_item(f"wamid.{n}")])) for n in range(size)),
        *(webhook({"field": "telepathy", "value": {"n": n}}) for n in range(size)),
    )
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cu, statement, *_: statements.append(statement))
    assert drain_once(engine)
    # claim · numbers, WABAs, owner · messages up the ladder, receipts · known messages, settings, rules, contacts locked
    # and made, threads opened, messages, threads moved on · events · finish · last uses (once a minute) ·
    # claim repeated
    assert len(statements) == 18
    assert "attempts = 0" in statements[0]
    assert "DELETE FROM inbox_queue" in statements[-3]
    assert "attempts > 0" in statements[-1]


def test_a_receipt_settles_a_message_whose_answer_was_lost(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        message_id = add_message(connection, place)
        connection.execute(text("UPDATE messages SET status = 'unknown', attempt = 1"))
        connection.execute(text("UPDATE outbox SET state = 'unknown'"))
        connection.execute(
            text("INSERT INTO attempts (message_id, number, tenant_id, outcome) VALUES (:id, 1, :tenant, 'unknown')"),
            {"id": message_id, "tenant": place.tenant_id},
        )
    callback = callback_data.write(message_id, 1)
    put_in_inbox(engine, webhook(change(statuses=[status_item("sent", callback=callback)])))
    drain(engine)
    assert message_row(engine, message_id).status == "sent"
    assert rows(engine, "SELECT count(*) FROM outbox") == [(0,)]
    assert rows(engine, "SELECT outcome FROM attempts") == [("settled",)]


def test_a_late_failure_of_an_attempt_that_a_person_resent_does_not_fail_the_message(
    engine: Engine, place: Place
) -> None:
    message_id = accepted(engine, place)
    failed = webhook(change(statuses=[status_item("failed", callback=callback_data.write(message_id, 1))]))
    put_in_inbox(engine, failed)
    drain(engine)
    from db.queries import outbox

    with engine.begin() as connection:
        assert outbox.resend(connection, place.tenant_id, message_id)
    late_sent = webhook(change(statuses=[status_item("sent", callback=callback_data.write(message_id, 1))]))
    put_in_inbox(engine, failed, late_sent)
    drain(engine)
    assert message_row(engine, message_id).status == "queued"
    assert rows(engine, "SELECT state FROM outbox") == [("waiting",)]


def test_a_row_whose_worker_died_is_taken_again_after_its_lease(engine: Engine, place: Place) -> None:
    put_in_inbox(engine, webhook(change(messages=[text_item()])))
    with engine.begin() as connection:
        (claimed,) = inbox.claim_new(connection, limit=10)
    assert not drain_once(engine)
    with engine.begin() as connection:
        leased = connection.execute(text("SELECT due_at - now() FROM inbox_queue")).scalar_one()
        assert timedelta(0) < leased <= inbox.LEASE
    make_all_due(engine)
    drain(engine)
    assert rows(engine, "SELECT wamid FROM messages") == [("wamid.IN1",)]
    assert claimed.attempts == 1


def test_a_row_that_takes_its_worker_with_it_every_time_ends_as_a_failed_event(engine: Engine, place: Place) -> None:
    put_in_inbox(engine, webhook(change(messages=[text_item()])))
    with engine.begin() as connection:
        inbox.claim_new(connection)
    for _ in range(inbox.MAX_CLAIMS - 1):
        make_all_due(engine)
        with engine.begin() as connection:
            assert inbox.claim_repeated(connection)
    make_all_due(engine)
    drain(engine)
    (failed,) = rows(engine, "SELECT state, reason, detail FROM events")
    assert (failed.state, failed.reason) == ("failed", "processing_failed")
    assert failed.detail == "The worker ended during each of 10 attempts."
    assert rows(engine, "SELECT count(*) FROM inbox_queue") == [(0,)]


def test_attempts_that_ended_do_not_bring_a_row_nearer_to_being_given_up(engine: Engine, place: Place) -> None:
    put_in_inbox(engine, webhook(change(messages=[text_item()])))
    with engine.begin() as connection:
        (row,) = inbox.claim_new(connection)
        for _ in range(2 * inbox.MAX_CLAIMS):
            inbox.postpone(connection, [row.id], timedelta(0))
            (row,) = inbox.claim_repeated(connection)
    assert row.attempts == inbox.MAX_ATTEMPTS


def test_a_row_that_comes_again_has_its_turn_while_new_ones_keep_coming(engine: Engine, place: Place) -> None:
    put_in_inbox(engine, webhook(change(messages=[text_item("wamid.AGAIN")])))
    with engine.begin() as connection:
        inbox.claim_new(connection)
    make_all_due(engine)
    put_in_inbox(engine, webhook(change(messages=[text_item("wamid.NEW")])))
    assert drain_once(engine)
    assert set(rows(engine, "SELECT wamid FROM messages")) == {("wamid.AGAIN",), ("wamid.NEW",)}


def test_a_batch_is_bounded_by_the_bytes_of_its_bodies(
    engine: Engine, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [webhook(change(messages=[text_item(f"wamid.{n}")])) for n in range(5)]
    put_in_inbox(engine, *bodies)
    monkeypatch.setattr(inbox, "MAX_CLAIMED_BYTES", 2 * len(bodies[0]))
    with engine.begin() as connection:
        assert len(inbox.claim_new(connection)) == 2
