"""What has outlived its time is gone: content and files of messages, notes, events, raw webhooks; the proof stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import Engine, text

from db.ids import id_at, new_id
from db.queries import outbox, partitions, retention
from db.queries.retention import KeptDays
from tasks.media_storage import FileGoneError, MediaStorage
from tasks.retention import BATCH, drop_raw_webhooks, forget_outlived
from tests.rows import CUSTOMER, Place, add_channel, add_message

DAYS = 30
OLD = timedelta(days=DAYS + 1)
NEW = timedelta(days=DAYS - 1)
TEMPLATE = {"type": "template", "template": {"name": "invoice", "language": {"code": "es"}, "components": ["secret"]}}


@pytest.fixture
def storage(tmp_path: Path) -> MediaStorage:
    return MediaStorage((tmp_path / "media").as_uri())


@pytest.fixture
def other(engine: Engine) -> Place:
    with engine.begin() as connection:
        return add_channel(connection, "other", "200000000000001")


def rows(engine: Engine, statement: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(statement), values))


def keep(engine: Engine, place: Place, **days: int) -> None:
    with engine.begin() as connection:
        retention.put(connection, place.tenant_id, KeptDays(**days))


def add(engine: Engine, place: Place, age: timedelta, **columns: Any) -> UUID:
    """A message that was delivered so long ago, with the receipt that says so."""
    at = datetime.now(UTC) - age
    values = {
        "id": id_at(at), "created_at": at, "delivered_at": at, "text": "A secret.", "wamid": f"wamid.{new_id()}",
        "content": orjson.dumps(TEMPLATE).decode(), **columns,
    }  # fmt: skip
    with engine.begin() as connection:
        message_id = add_message(connection, place, "delivered", **values)
        connection.execute(
            text(
                "INSERT INTO receipts (channel_id, wamid, status, at, tenant_id, message_id, raw) "
                """VALUES (:channel, :wamid, 'delivered', :at, :tenant, :id, '{"recipient_id": "1"}')"""
            ),
            {
                "channel": place.channel_id, "tenant": place.tenant_id, "wamid": values["wamid"], "at": at,
                "id": message_id,
            },
        )  # fmt: skip
    return message_id


def add_file(engine: Engine, place: Place, storage: MediaStorage, message_id: UUID) -> str:
    path = f"{place.tenant_id}/{message_id}"
    with storage.writing(path) as into:
        into.write(b"%PDF- secret")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO media_files (id, tenant_id, channel_id, message_id, state, type, path, filename, stored_at) "
                "VALUES (:id, :tenant, :channel, :message, 'stored', 'document', :path, 'secret.pdf', now())"
            ),
            {
                "id": new_id(), "tenant": place.tenant_id, "channel": place.channel_id, "message": message_id,
                "path": path,
            },
        )  # fmt: skip
    return path


def message(engine: Engine, message_id: UUID) -> Any:
    [row] = rows(engine, "SELECT * FROM messages WHERE id = :id", id=message_id)
    return row


def test_an_old_messages_content_and_file_are_gone_and_what_proves_its_delivery_stays(
    engine: Engine, place: Place, storage: MediaStorage
) -> None:
    keep(engine, place, messages=DAYS)
    old = add(engine, place, OLD)
    path = add_file(engine, place, storage, old)
    before = message(engine, old)
    forget_outlived(engine, storage)
    row = message(engine, old)
    assert (row.text, row.content) == (
        None,
        {"cleared": True, "template": {"name": "invoice", "language": {"code": "es"}}},
    )
    assert row.cleared_at is not None
    for proof in ("status", "delivered_at", "wamid", "contact_phone", "created_at", "type"):
        assert getattr(row, proof) == getattr(before, proof), proof
    [receipt] = rows(engine, "SELECT status, at, raw FROM receipts WHERE message_id = :id", id=old)
    assert (receipt.status, receipt.at, receipt.raw) == ("delivered", before.delivered_at, {})
    [file] = rows(engine, "SELECT state, filename FROM media_files")
    assert tuple(file) == ("deleted", None)
    with pytest.raises(FileGoneError):
        storage.blocks(path)


def test_what_is_younger_and_what_is_another_tenants_stays(
    engine: Engine, place: Place, other: Place, storage: MediaStorage
) -> None:
    keep(engine, place, messages=DAYS, events=DAYS)
    kept = [add(engine, place, NEW), add(engine, other, OLD)]
    paths = [add_file(engine, one, storage, id) for one, id in zip((place, other), kept, strict=True)]
    for one, age in ((place, NEW), (other, OLD)):
        add_event(engine, one, age)
    before = [message(engine, one) for one in kept]
    forget_outlived(engine, storage)
    assert [message(engine, one) for one in kept] == before
    assert [b"".join(storage.blocks(path)) for path in paths] == [b"%PDF- secret"] * 2
    assert len(rows(engine, "SELECT FROM events")) == 2
    assert {row.state for row in rows(engine, "SELECT state FROM media_files")} == {"stored"}


def test_without_a_word_everything_is_kept(engine: Engine, place: Place, storage: MediaStorage) -> None:
    old = add(engine, place, timedelta(days=4_000))
    forget_outlived(engine, storage)
    assert message(engine, old).text == "A secret."


def test_many_old_messages_go_in_batches_of_one_run(engine: Engine, place: Place, storage: MediaStorage) -> None:
    keep(engine, place, messages=DAYS)
    with engine.begin() as connection:
        for number in range(BATCH + 1):
            add_message(connection, place, "read", id=id_at(datetime.now(UTC) - OLD - timedelta(seconds=number)))
    forget_outlived(engine, storage)
    assert rows(engine, "SELECT FROM messages WHERE cleared_at IS NULL") == []


def test_what_is_still_to_be_sent_keeps_its_content_until_it_was_sent(
    engine: Engine, place: Place, storage: MediaStorage
) -> None:
    keep(engine, place, messages=DAYS)
    at = datetime.now(UTC) - OLD
    with engine.begin() as connection:
        waiting = add_message(connection, place, "queued", id=id_at(at), created_at=at)
    forget_outlived(engine, storage)
    assert "hello" in str(message(engine, waiting).content)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM outbox"))
    look_again_from_the_first(engine)
    forget_outlived(engine, storage)
    assert message(engine, waiting).content == {"cleared": True}


def look_again_from_the_first(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE conversation_settings SET looked_through_at = now() - interval '8 days'"))


def test_what_is_imported_among_the_old_goes_with_the_next_look_from_the_first(
    engine: Engine, place: Place, storage: MediaStorage
) -> None:
    keep(engine, place, messages=DAYS)
    add(engine, place, OLD)
    forget_outlived(engine, storage)
    imported = add(engine, place, OLD + timedelta(days=200), source="history")
    look_again_from_the_first(engine)
    forget_outlived(engine, storage)
    assert message(engine, imported).text is None


def test_a_file_that_cannot_be_removed_now_keeps_its_message_for_the_next_run(
    engine: Engine, place: Place, storage: MediaStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(engine, place, messages=DAYS)
    old = add(engine, place, OLD)
    path = add_file(engine, place, storage, old)

    def fail(_path: str) -> None:
        raise OSError("the storage is away")

    with monkeypatch.context() as broken:
        broken.setattr(storage, "remove", fail)
        with pytest.raises(OSError, match="away"):
            forget_outlived(engine, storage)
    assert message(engine, old).text == "A secret."
    forget_outlived(engine, storage)
    assert message(engine, old).text is None
    with pytest.raises(FileGoneError):
        storage.blocks(path)


def test_a_message_without_content_is_not_queued_again(engine: Engine, place: Place, storage: MediaStorage) -> None:
    keep(engine, place, messages=DAYS)
    at = datetime.now(UTC) - OLD
    with engine.begin() as connection:
        failed = add_message(connection, place, "failed", id=id_at(at), created_at=at, failed_at=at)
    forget_outlived(engine, storage)
    with engine.begin() as connection:
        assert not outbox.resend(connection, place.tenant_id, failed)


def add_event(engine: Engine, place: Place, age: timedelta) -> UUID:
    at = datetime.now(UTC) - age
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO events (id, tenant_id, kind, state, digest, created_at, updated_at) "
                "VALUES (:id, :tenant, 'call', 'stored', :digest, :at, :at)"
            ),
            {"id": (event_id := id_at(at)), "tenant": place.tenant_id, "digest": event_id.bytes, "at": at},
        )
    return event_id


def test_old_events_go_but_none_that_was_replayed_lately(engine: Engine, place: Place, storage: MediaStorage) -> None:
    keep(engine, place, events=DAYS)
    add_event(engine, place, OLD)
    replayed = add_event(engine, place, OLD)
    with engine.begin() as connection:
        connection.execute(text("UPDATE events SET updated_at = now() WHERE id = :id"), {"id": replayed})
    forget_outlived(engine, storage)
    assert [row.id for row in rows(engine, "SELECT id FROM events")] == [replayed]


def test_notes_go_with_the_messages(engine: Engine, place: Place, storage: MediaStorage) -> None:
    keep(engine, place, messages=DAYS)
    at = datetime.now(UTC)
    with engine.begin() as connection:
        conversation = new_id()
        connection.execute(
            text(
                "INSERT INTO conversations (id, tenant_id, channel_id, group_id, last_message_at) "
                "VALUES (:id, :tenant, :channel, 'g', now())"
            ),
            {"id": conversation, "tenant": place.tenant_id, "channel": place.channel_id},
        )
        for age in (OLD, NEW):
            connection.execute(
                text(
                    "INSERT INTO conversation_notes (id, tenant_id, conversation_id, author, text) "
                    "VALUES (:id, :tenant, :conversation, 'user:ana', :text)"
                ),
                {
                    "id": id_at(at - age), "tenant": place.tenant_id, "conversation": conversation, "text": str(age),
                },
            )  # fmt: skip
    forget_outlived(engine, storage)
    assert [row.text for row in rows(engine, "SELECT text FROM conversation_notes")] == [str(NEW)]


def make_partitions(engine: Engine, *days_ago: int) -> None:
    with engine.begin() as connection:
        partitions.create_partitions(connection, [-day for day in days_ago])


def put_raw(engine: Engine, days_ago: int, *, is_waiting: bool = False) -> None:
    at = datetime.now(UTC) - timedelta(days=days_ago)
    with engine.begin() as connection:
        values = {"id": new_id(), "at": at}
        connection.execute(text("INSERT INTO inbox (id, received_at, body) VALUES (:id, :at, 'raw')"), values)
        if is_waiting:
            connection.execute(
                text("INSERT INTO inbox_queue (inbox_id, received_at, due_at, size) VALUES (:id, :at, now(), 3)"),
                values,
            )


def raw_ages(engine: Engine) -> list[int]:
    found = rows(engine, "SELECT received_at FROM inbox ORDER BY received_at")
    return [round((datetime.now(UTC) - row.received_at) / timedelta(days=1)) for row in found]


def test_raw_webhooks_are_dropped_by_the_day(engine: Engine, place: Place) -> None:
    make_partitions(engine, 9, 10, 11)
    for days_ago in (40, 11, 10, 9, 0):  # the first falls into the default partition
        put_raw(engine, days_ago)
    drop_raw_webhooks(engine, 10)
    assert raw_ages(engine) == [10, 9, 0]
    names = {row.name for row in rows(engine, "SELECT inhrelid::regclass::text AS name FROM pg_inherits")}
    assert f"inbox_{datetime.now(UTC) - timedelta(days=11):%Y%m%d}" not in names


def test_no_raw_webhook_is_dropped_that_still_waits(engine: Engine, place: Place) -> None:
    make_partitions(engine, 20, 25)
    put_raw(engine, 25)
    put_raw(engine, 20, is_waiting=True)
    drop_raw_webhooks(engine, 10)
    assert raw_ages(engine) == [20]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM inbox_queue"))
    drop_raw_webhooks(engine, 10)
    assert raw_ages(engine) == []


def test_proofs_of_delivery_are_never_dropped(engine: Engine, place: Place, storage: MediaStorage) -> None:
    keep(engine, place, messages=1, media=1, events=1)
    old = add(engine, place, timedelta(days=400), contact_phone=CUSTOMER)
    drop_raw_webhooks(engine, 8)
    forget_outlived(engine, storage)
    assert len(rows(engine, "SELECT FROM receipts WHERE message_id = :id", id=old)) == 1
