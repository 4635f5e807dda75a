"""What it means that nothing is heard of a message whose outcome is unknown."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from db.queries import unknown
from messaging.limits import DEFAULTS
from tests.rows import Place, add_channel, add_message, make_all_due, message_row, put_in_inbox
from tests.tasks.sends import waits


def unknown_message(engine: Engine, place: Place) -> Any:
    with engine.begin() as connection:
        message_id = add_message(connection, place)
        connection.execute(
            text("UPDATE messages SET status = 'unknown', attempt = 1 WHERE id = :id"), {"id": message_id}
        )
        connection.execute(text("UPDATE outbox SET state = 'unknown' WHERE message_id = :id"), {"id": message_id})
        connection.execute(
            text("INSERT INTO attempts (message_id, number, tenant_id, outcome) VALUES (:id, 1, :tenant, 'unknown')"),
            {"id": message_id, "tenant": place.tenant_id},
        )
    make_all_due(engine)
    return message_id


def add_neighbours(
    engine: Engine, place: Place, number: int, *, started: float = 5, received: float | None = 8
) -> None:
    """Add accepted messages: the call so many seconds after the unknown one's, its receipt so many after (None: never)."""
    with engine.begin() as connection:
        base = connection.execute(text("SELECT min(started_at) FROM attempts")).scalar_one()
        for n in range(number):
            at = base + timedelta(seconds=started)
            sent = {"sent_at": at} if received is not None else {}
            status = "sent" if received is not None else "accepted"
            message_id = add_message(
                connection, place, status, created_at=at, wamid=f"wamid.{started}.{received}.{n}", attempt=1, **sent
            )
            connection.execute(
                text("INSERT INTO attempts (message_id, number, tenant_id, started_at) VALUES (:id, 1, :tenant, :at)"),
                {"id": message_id, "tenant": place.tenant_id, "at": at},
            )
            if received is not None:
                connection.execute(
                    text(
                        "INSERT INTO receipts (channel_id, wamid, status, at, tenant_id, received_at, message_id, raw) "
                        "VALUES (:channel, :wamid, 'sent', :at, :tenant, :received, :id, '{}')"
                    ),
                    {
                        "channel": place.channel_id,
                        "wamid": f"wamid.{message_id}",
                        "at": at,
                        "tenant": place.tenant_id,
                        "received": base + timedelta(seconds=received),
                        "id": message_id,
                    },
                )


def looked_at(engine: Engine) -> unknown.SilentMessage:
    with engine.begin() as connection:
        (message,) = unknown.look_at(connection, needed=DEFAULTS.unknown_witnesses)
    return message


@pytest.mark.parametrize(("number", "expected"), [(0, 0), (2, 2), (3, 3), (9, 3)])
def test_neighbours_with_prompt_receipts_witness_that_silence_means_something(
    engine: Engine, place: Place, number: int, expected: int
) -> None:
    unknown_message(engine, place)
    add_neighbours(engine, place, number)
    message = looked_at(engine)
    assert (message.witnesses, message.has_silent_neighbour) == (expected, False)


def test_younger_messages_witness_nothing_about_an_outage_they_did_not_live_through(
    engine: Engine, place: Place
) -> None:
    unknown_message(engine, place)
    add_neighbours(engine, place, 5, started=300, received=301)
    assert looked_at(engine).witnesses == 0


def test_receipts_that_came_late_witness_nothing(engine: Engine, place: Place) -> None:
    unknown_message(engine, place)
    add_neighbours(engine, place, 5, started=5, received=900)
    assert looked_at(engine).witnesses == 0


def test_a_neighbour_without_a_receipt_makes_silence_mean_nothing(engine: Engine, place: Place) -> None:
    unknown_message(engine, place)
    add_neighbours(engine, place, 5)
    add_neighbours(engine, place, 1, received=None)
    assert looked_at(engine).has_silent_neighbour


def test_witnesses_of_another_channel_prove_nothing(engine: Engine, place: Place) -> None:
    unknown_message(engine, place)
    with engine.begin() as connection:
        other = add_channel(connection, "default", "2002")
    add_neighbours(engine, other, 5)
    assert looked_at(engine).witnesses == 0


def test_silence_proves_nothing_while_old_webhooks_wait_in_our_own_inbox(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        assert unknown.inbox_is_current(connection)
    put_in_inbox(engine, b"{}")
    with engine.begin() as connection:
        assert unknown.inbox_is_current(connection)
        connection.execute(text("UPDATE inbox_queue SET received_at = now() - interval '1 minute'"))
        assert not unknown.inbox_is_current(connection)


@pytest.mark.parametrize(("was_sent", "status"), [(True, "accepted"), (False, "failed")])
def test_a_person_settles_an_unknown_message_either_way(
    engine: Engine, place: Place, was_sent: bool, status: str
) -> None:
    message_id = unknown_message(engine, place)
    with engine.begin() as connection:
        assert unknown.settle(connection, place.tenant_id, message_id, was_sent=was_sent)
        assert not unknown.settle(connection, place.tenant_id, message_id, was_sent=was_sent)
    assert message_row(engine, message_id).status == status
    assert waits(engine) is None
