"""Rules answer what customers write (S0.28)."""

from sqlalchemy import Engine

from tests.rows import CUSTOMER, Place, add_channel
from tests.tasks.inbound import add_rule, answers, come_in, echo, one, run, said, typed


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
