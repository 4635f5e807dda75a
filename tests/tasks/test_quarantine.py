"""What arrives for numbers that are nobody's, or not the sender's: kept, listed, replayable, and never anybody else's."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import Engine, text

from db import app_secrets
from db.ids import new_id
from db.queries import app_secrets as secret_queries
from db.queries import claims, inbox, number_proof
from tasks.account_knowledge import keep_number
from tasks.ingest import drain_once
from tests.rows import Place, add_channel, add_message, change, put_in_inbox, status_item, text_item, webhook
from whatsapp.account import NumberFacts

OTHERS_NUMBER = "20020020"


@pytest.fixture
def other(engine: Engine, place: Place) -> Place:
    with engine.begin() as connection:
        return add_channel(connection, "other", OTHERS_NUMBER)


@pytest.fixture
def own_secret(engine: Engine, place: Place) -> UUID:
    """The id of a secret of the first tenant's own Meta app."""
    secret_id = new_id()
    with engine.begin() as connection:
        secret_queries.add(
            connection, place.tenant_id, place.channel_id, secret_id=secret_id, secret="sealed", digest=b"digest"
        )
    return secret_id


def drain(engine: Engine) -> None:
    while drain_once(engine):
        pass


def rows(engine: Engine, statement: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(statement)))


def replay(engine: Engine) -> None:
    """Replay every event as POST /v1/events/{id}/replay does."""
    with engine.begin() as connection:
        for event in connection.execute(text("SELECT id, envelope FROM events")).all():
            body = orjson.dumps(event.envelope)
            inbox.append_replay(connection, inbox_id=new_id(), body=body, event_id=event.id)
    drain(engine)


def test_a_message_for_an_unknown_number_waits_for_its_channel_and_is_replayed_into_it(
    engine: Engine, place: Place
) -> None:
    put_in_inbox(engine, webhook(change("777000777", messages=[text_item()]), waba_id="unknown"))
    drain(engine)
    [event] = rows(engine, "SELECT tenant_id, state, reason FROM events")
    assert tuple(event) == (place.tenant_id, "unhandled", "unknown_number")
    with engine.begin() as connection:
        connected = add_channel(connection, "late", "777000777")
    replay(engine)
    assert rows(engine, "SELECT tenant_id, channel_id FROM messages") == [(connected.tenant_id, connected.channel_id)]


@pytest.fixture
def squatter(engine: Engine, place: Place) -> Place:
    """A tenant that has typed in the number and the account of the first one, and proved neither."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE channels SET number_unproved_since = now()"))
        made = add_channel(connection, "squatter")
        connection.execute(text("UPDATE channels SET waba_unproved_since = now(), number_unproved_since = now()"))
        connection.execute(
            text("UPDATE channels SET number_unproved_since = NULL, waba_unproved_since = NULL WHERE id = :id"),
            {"id": place.channel_id},
        )
    return made


def test_a_number_or_account_that_a_tenant_has_merely_typed_in_brings_it_no_event_of_the_owner(
    engine: Engine, place: Place, squatter: Place
) -> None:
    put_in_inbox(
        engine,
        webhook(
            change(messages=[text_item()]), change(field="account_update"), change("777", messages=[text_item("w")])
        ),
    )
    drain(engine)
    assert rows(engine, "SELECT tenant_id, channel_id FROM messages") == [(place.tenant_id, place.channel_id)]
    assert rows(engine, "SELECT DISTINCT tenant_id FROM events") == [(place.tenant_id,)]


def test_while_nobody_has_proved_a_number_its_events_wait_and_go_by_themselves_to_whoever_does(
    engine: Engine, place: Place, squatter: Place
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE channels SET disconnected_at = now() WHERE id = :id"), {"id": place.channel_id})
    put_in_inbox(engine, webhook(change(messages=[text_item()])))
    drain(engine)
    assert rows(engine, "SELECT tenant_id, channel_id, state, reason FROM events") == [
        (place.tenant_id, None, "unhandled", "unproved_number")
    ]
    with engine.begin() as connection:
        keep_number(connection, squatter.channel_id, NumberFacts(None, None, None, None))
    drain(engine)
    assert rows(engine, "SELECT tenant_id FROM messages") == [(squatter.tenant_id,)]
    assert rows(engine, "SELECT state FROM events") == [("replayed",)]


def test_a_number_that_was_proved_can_be_proved_by_no_other_tenant(
    engine: Engine, place: Place, squatter: Place
) -> None:
    with engine.begin() as connection:
        number_proof.prove_number(connection, squatter.channel_id)
    assert rows(engine, "SELECT id FROM channels WHERE number_unproved_since IS NULL") == [(place.channel_id,)]


def test_a_tenants_own_app_speaks_for_the_number_that_the_tenant_has_not_proved(
    engine: Engine, place: Place, own_secret: UUID
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE channels SET number_unproved_since = now()"))
    put_in_inbox(engine, webhook(change(messages=[text_item()])), app_secret_id=own_secret)
    drain(engine)
    assert rows(engine, "SELECT channel_id FROM messages") == [(place.channel_id,)]


def test_what_a_channels_own_app_sends_for_another_tenants_number_never_reaches_it(
    engine: Engine, place: Place, other: Place, own_secret: UUID
) -> None:
    with engine.begin() as connection:
        message_id = add_message(connection, other, "accepted", attempt=1, wamid="wamid.A")
    foreign = webhook(
        change(OTHERS_NUMBER, messages=[text_item()]),
        change(OTHERS_NUMBER, statuses=[status_item("read")]),
        change(OTHERS_NUMBER, field="account_alerts"),
    )
    put_in_inbox(engine, foreign, app_secret_id=own_secret)
    drain(engine)
    assert rows(engine, "SELECT DISTINCT tenant_id, channel_id, state, reason FROM events") == [
        (place.tenant_id, place.channel_id, "unhandled", "foreign_number")
    ]
    assert rows(engine, "SELECT id, status FROM messages") == [(message_id, "accepted")]
    assert rows(engine, "SELECT FROM receipts") == []
    replay(engine)
    assert rows(engine, "SELECT id, status FROM messages") == [(message_id, "accepted")]
    assert rows(engine, "SELECT DISTINCT tenant_id FROM events") == [(place.tenant_id,)]


def test_a_retired_secret_still_speaks_for_its_tenant_alone(
    engine: Engine, place: Place, other: Place, own_secret: UUID
) -> None:
    put_in_inbox(engine, webhook(change(OTHERS_NUMBER, messages=[text_item()])), app_secret_id=own_secret)
    with engine.begin() as connection:
        secret_queries.retire_all(connection, place.tenant_id, place.channel_id)
    drain(engine)
    assert rows(engine, "SELECT FROM messages") == []


def test_a_channels_own_app_speaks_for_its_tenants_numbers(
    engine: Engine, place: Place, other: Place, own_secret: UUID
) -> None:
    put_in_inbox(engine, webhook(change(messages=[text_item()])), app_secret_id=own_secret)
    drain(engine)
    assert rows(engine, "SELECT channel_id FROM messages") == [(place.channel_id,)]
    assert rows(engine, "SELECT FROM events") == []


def test_what_the_installations_app_sends_goes_to_every_tenant(engine: Engine, place: Place, other: Place) -> None:
    secret_id = app_secrets.environment_id("of the installation")
    both = webhook(change(messages=[text_item("wamid.1")]), change(OTHERS_NUMBER, messages=[text_item("wamid.2")]))
    put_in_inbox(engine, both, app_secret_id=secret_id)
    drain(engine)
    found = {row.channel_id for row in rows(engine, "SELECT channel_id FROM messages")}
    assert found == {place.channel_id, other.channel_id}


def test_when_a_secret_signed_last_and_a_number_got_something_is_known_within_a_minute(
    engine: Engine, place: Place, own_secret: UUID
) -> None:
    put_in_inbox(engine, webhook(change(messages=[text_item()])), app_secret_id=own_secret)
    drain(engine)
    [first] = rows(
        engine, "SELECT s.last_used_at, c.last_event_at FROM app_secrets s JOIN channels c ON c.id = s.channel_id"
    )
    assert None not in first
    put_in_inbox(engine, webhook(change(messages=[text_item("wamid.2")])), app_secret_id=own_secret)
    drain(engine)
    assert rows(engine, "SELECT last_used_at FROM app_secrets") == [(first.last_used_at,)]


def test_an_inactive_channel_keeps_its_events_and_sends_nothing(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        add_message(connection, place)
        connection.execute(text("UPDATE channels SET is_active = false"))
    put_in_inbox(engine, webhook(change(messages=[text_item()])))
    drain(engine)
    assert rows(engine, "SELECT count(*) FROM messages WHERE direction = 'inbound'") == [(1,)]
    with engine.begin() as connection:
        assert claims.due_channels(connection) == []
        assert claims.claim(connection, place.channel_id, 10) == []
