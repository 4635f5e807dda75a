"""Who wrote is one contact with one thread, whatever number or id they wrote from."""

from typing import Any

from sqlalchemy import Engine

from db.ids import new_id
from tests.rows import CUSTOMER, Place, add_channel, change, put_in_inbox, webhook
from tests.tasks.inbound import come_in, now_item, one, rows, run, typed

BSUID = "DO.7F3kQ9ab41"
OTHER_BSUID = "DO.9ab417F3kQ"
NEW_PHONE = "18095550077"


def contacts(engine: Engine) -> list[tuple[str | None, str | None]]:
    return [tuple(row) for row in rows(engine, "SELECT phone, bsuid FROM contacts ORDER BY id")]


def system(wamid: str, body: dict[str, Any], **more: Any) -> Any:
    return typed(wamid, "system", {"type": "user_changed_number", "body": "x", **body}, **more)


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
