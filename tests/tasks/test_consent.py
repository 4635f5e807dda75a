"""Stop, start and choices made in WhatsApp are kept and obeyed."""

from typing import Any

from sqlalchemy import Engine

from tests.rows import CUSTOMER, Place
from tests.tasks.inbound import come_in, one, rows, run, said, typed


def set_settings(engine: Engine, place: Place, **columns: Any) -> None:
    names = ", ".join(("tenant_id", *columns))
    values = ", ".join((":tenant_id", *(f":{name}" for name in columns)))
    run(engine, f"INSERT INTO conversation_settings ({names}) VALUES ({values})", tenant_id=place.tenant_id, **columns)


def consent(engine: Engine) -> tuple[str | None, str | None]:
    row = one(engine, "SELECT marketing_act, utility_act FROM contacts")
    return row.marketing_act, row.utility_act


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
