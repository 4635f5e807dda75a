"""Storing, queueing, finding and listing messages and documents."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from db.ids import new_id
from db.queries import documents, messages
from db.queries.documents import NewDocument
from db.queries.messages import Filters, NewMessage
from messaging.ladder import MESSAGE_STATUSES
from tests.rows import Place, add_channel

PHONES = ("+18095550001", "+18095550002")


@pytest.fixture
def place(engine: Engine) -> Place:
    with engine.begin() as connection:
        return add_channel(connection)


def new_message(place: Place, **columns: Any) -> NewMessage:
    values: dict[str, Any] = {
        "id": new_id(),
        "tenant_id": place.tenant_id,
        "channel_id": place.channel_id,
        "type": "text",
        "status": "queued",
        "contact_phone": PHONES[0],
        "content": {"type": "text", "text": {"body": "ñ \" ' \\ {}"}},
        "created_at": datetime.now(UTC),
        **columns,
    }
    return NewMessage(**values)


def new_document(place: Place, number: str = "1") -> NewDocument:
    return NewDocument(
        id=new_id(),
        tenant_id=place.tenant_id,
        kind="invoice",
        number=number,
        customer_name="Ana",
        amount=Decimal("99999999999999.9999"),
        currency="DOP",
        period=None,
        due_date=None,
        valid_until=None,
        link=None,
        document_url=None,
        created_at=datetime.now(UTC),
    )


def queued(connection: Connection) -> list[Any]:
    return list(connection.execute(text("SELECT message_id, due_at FROM outbox ORDER BY message_id")))


def test_a_message_is_stored_as_it_was_given_and_queued(engine: Engine, place: Place) -> None:
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    message = new_message(place, client_reference="A", request_id="r", scheduled_at=at, status="scheduled")
    with engine.begin() as connection:
        assert messages.queue(connection, [message]) == [message.id]
        row = connection.execute(text("SELECT * FROM messages")).one()
        assert {name: getattr(row, name) for name in message.__slots__} == {
            name: getattr(message, name) for name in message.__slots__
        }
        assert queued(connection) == [(message.id, at)]


def test_a_document_and_its_messages_are_stored_together_or_not_at_all(engine: Engine, place: Place) -> None:
    document = new_document(place)
    carriers = [new_message(place, document_id=document.id, step="initial", contact_phone=phone) for phone in PHONES]
    again = replace(new_document(place), id=new_id())
    with engine.begin() as connection:
        assert documents.deliver(connection, document, carriers)
        assert not documents.deliver(connection, again, [new_message(place, document_id=again.id, step="initial")])
        found = documents.find_by_number(connection, place.tenant_id, "invoice", "1")
        assert (found.id, found.amount) == (document.id, document.amount)
        shown = documents.messages_of(connection, place.tenant_id, document.id)
        assert [row.contact_phone for row in shown] == list(PHONES)
        assert len(queued(connection)) == 2


def test_a_recipient_gets_a_document_once_per_step(engine: Engine, place: Place) -> None:
    document = new_document(place)
    with engine.begin() as connection:
        documents.deliver(connection, document, [new_message(place, document_id=document.id, step="initial")])
        again = new_message(place, document_id=document.id, step="initial")
        other_step = new_message(place, document_id=document.id, step="reminder")
        other_phone = new_message(place, document_id=document.id, step="initial", contact_phone=PHONES[1])
        stored = messages.queue(connection, [again, other_step, other_phone])
        assert set(stored) == {other_step.id, other_phone.id}
        assert len(queued(connection)) == 3


def test_what_belongs_to_another_tenant_is_not_found(engine: Engine, place: Place) -> None:
    document, message = new_document(place), new_message(place)
    with engine.begin() as connection:
        other = add_channel(connection, "other", "2").tenant_id
        documents.deliver(connection, document, [replace(message, document_id=document.id, step="initial")])
        connection.execute(text("UPDATE messages SET wamid = 'wamid.1'"))
        assert messages.find(connection, place.tenant_id, message.id)
        assert messages.find_by_wamid(connection, place.tenant_id, "wamid.1")
        assert messages.find(connection, other, message.id) is None
        assert messages.find_by_wamid(connection, other, "wamid.1") is None
        assert messages.list_newest(connection, other, Filters(), 10) == []
        assert documents.find_by_id(connection, other, "invoice", document.id) is None
        assert documents.find_by_number(connection, other, "invoice", "1") is None
        assert documents.messages_of(connection, other, document.id) == []


def test_each_status_is_listed(engine: Engine, place: Place) -> None:
    ids: dict[str, UUID] = {}
    with engine.begin() as connection:
        for status in MESSAGE_STATUSES:
            message = new_message(place)
            messages.queue(connection, [message])
            connection.execute(
                text(
                    "UPDATE messages SET status = CAST(:status AS text), "
                    "failed_at = CASE WHEN :status = 'failed' THEN now() END WHERE id = :id"
                ),
                {"status": status, "id": message.id},
            )
            ids[status] = message.id
        for status, message_id in ids.items():
            found = messages.list_newest(connection, place.tenant_id, Filters(status=status), 10)
            assert [row.id for row in found] == [message_id], status


def test_since_and_before_bound_a_list(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        message = new_message(place)
        messages.queue(connection, [message])
        moment = datetime.now(UTC)

        def found(**filters: Any) -> int:
            return len(messages.list_newest(connection, place.tenant_id, Filters(**filters), 10))

        assert found(since=moment - timedelta(seconds=5)) == 1
        assert found(since=moment + timedelta(seconds=5)) == 0
        assert found(before=message.id) == 0
        assert found(before=new_id()) == 1
