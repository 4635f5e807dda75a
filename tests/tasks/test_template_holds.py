"""A template that Meta refuses holds its own messages until it may be sent again."""

from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Engine, text

from db.queries import brakes
from tasks.housekeeping import RELEASE_AFTER
from tests.rows import CUSTOMER, Place, message_row
from tests.simulator.meta import Meta
from tests.tasks.sends import INVOICE, one, queue, waits


def test_a_refused_template_holds_its_own_messages_and_no_others(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    english = orjson.loads(INVOICE)
    english["template"]["language"]["code"] = "en"
    held = queue(engine, place, contact_phone=CUSTOMER)
    meta.control("faults", next=1, fault="error", code=132015, to=CUSTOMER)
    send()
    late = queue(engine, place, contact_phone="+18095558888")
    free = queue(engine, place, content=orjson.dumps(english).decode(), contact_phone="+18095559999")
    send()
    assert [message_row(engine, message_id).status for message_id in held + late + free] == [
        "queued",
        "queued",
        "accepted",
    ]
    assert message_row(engine, late[0]).attempt == 0, "it was not even tried"
    hold = one(engine, "SELECT * FROM template_holds")
    assert (hold.name, hold.language, hold.code) == ("invoice", "es", 132015)


def test_a_held_template_is_released_once_meta_calls_it_approved(
    engine: Engine, place: Place, send: Any, meta: Meta
) -> None:
    (message_id,) = queue(engine, place)
    meta.control("faults", next=1, fault="error", code=132015)
    send()
    with engine.begin() as connection:
        assert brakes.release_approved_templates(connection, place.channel_id, age=timedelta(0)) == []
        connection.execute(
            text(
                "INSERT INTO templates (id, tenant_id, channel_id, name, language, status, definition) "
                "VALUES (gen_random_uuid(), :tenant, :channel, 'invoice', 'es', 'APPROVED', '{}')"
            ),
            {"tenant": place.tenant_id, "channel": place.channel_id},
        )
        assert brakes.release_approved_templates(connection, place.channel_id, age=RELEASE_AFTER) == []
    with engine.begin() as connection:
        assert brakes.release_approved_templates(connection, place.channel_id, age=timedelta(0)) == [("invoice", "es")]
    send()
    assert message_row(engine, message_id).status == "accepted"


def test_a_scheduled_message_keeps_its_time_through_a_hold_of_its_template(engine: Engine, place: Place) -> None:
    tomorrow = one(engine, "SELECT now() + interval '1 day' AS at").at
    (message_id,) = queue(engine, place, status="scheduled", scheduled_at=tomorrow)
    with engine.begin() as connection:
        brakes.hold_template(connection, place.channel_id, "invoice", "es", code=132015, reason="paused")
        connection.execute(text("DELETE FROM template_holds"))
        assert brakes.free_without_hold(connection) == 1
    assert one(engine, "SELECT due_at FROM outbox").due_at == tomorrow
    assert message_row(engine, message_id).status == "scheduled"


def test_what_is_held_without_a_hold_is_freed_and_nothing_else(engine: Engine, place: Place) -> None:
    queue(engine, place)
    with engine.begin() as connection:
        brakes.hold_template(connection, place.channel_id, "invoice", "es", code=132015, reason="paused")
        assert brakes.free_without_hold(connection) == 0
        connection.execute(text("DELETE FROM template_holds"))
        assert brakes.free_without_hold(connection) == 1
    assert waits(engine).state == "waiting"


def test_a_template_that_nobody_can_look_up_is_tried_again_after_a_while(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        brakes.hold_template(connection, place.channel_id, "invoice", "es", code=132015, reason="paused")
    with engine.begin() as connection:
        brakes.end_holds_without_account(connection, age=timedelta(0))
        assert connection.execute(text("SELECT count(*) FROM template_holds")).scalar_one() == 1
        connection.execute(text("UPDATE channels SET waba_id = NULL"))
        brakes.end_holds_without_account(connection, age=timedelta(hours=1))
        assert connection.execute(text("SELECT count(*) FROM template_holds")).scalar_one() == 1
        brakes.end_holds_without_account(connection, age=timedelta(0))
        assert connection.execute(text("SELECT count(*) FROM template_holds")).scalar_one() == 0


def test_a_template_error_for_a_message_without_template_fails_it(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    (message_id,) = queue(engine, place, type="text", content='{"type": "text", "text": {"body": "hello"}}')
    meta.control("faults", next=1, fault="error", code=132015)
    send()
    assert message_row(engine, message_id).status == "failed"
