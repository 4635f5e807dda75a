"""POST /api/whatsapp/send keeps S2's shape and its words for what is wrong (S2.2)."""

from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine

from tests.web.api.world import Business, Caller, add_business, change, rows

PATH = "/api/whatsapp/send"
TEXT = {"toPhone": "+1 809 555 1234", "message": "Gracias.", "conversationId": "c-1"}


def test_a_text_is_queued_once_for_the_number_s2_2(caller: Caller, engine: Engine) -> None:
    headers = {"Idempotency-Key": "chat-1"}
    first, again = (caller.post(PATH, TEXT, headers=headers) for _ in range(2))
    assert (first.status_code, first.json["ok"]) == (200, True)
    assert again.json == first.json
    queued = rows(engine, "SELECT id::text, contact_phone, text FROM messages")
    assert queued == [(first.json["messageId"], "+18095551234", "Gracias.")]
    assert caller.get(f"/v1/messages/{first.json['messageId']}").json["status"] == "queued"


@pytest.mark.parametrize(
    ("body", "key", "expected"),
    [
        ({"toPhone": "12", "message": "x"}, None, (400, "VALIDATION_ERROR")),
        ({"toPhone": "+18095551234"}, None, (400, "VALIDATION_ERROR")),
        (TEXT, "pbk_wrong", (401, "UNAUTHORIZED")),
    ],
)
def test_refusals_have_the_words_of_s2_2(
    caller: Caller, engine: Engine, body: dict[str, Any], key: str | None, expected: tuple[int, str]
) -> None:
    answer = Caller(caller.client, key or caller.key).post(PATH, body)
    assert (answer.status_code, answer.json["error"]["code"]) == expected
    assert answer.json["error"]["message"]
    assert rows(engine, "SELECT FROM messages") == []


def test_an_inactive_and_a_missing_channel_are_told_apart_s2_2(
    app: APIFlask, caller: Caller, business: Business, engine: Engine
) -> None:
    change(engine, "UPDATE channels SET is_active = false")
    disabled = caller.post(PATH, TEXT)
    assert (disabled.status_code, disabled.json["error"]["code"]) == (400, "WHATSAPP_DISABLED")
    with engine.begin() as connection:
        without = add_business(connection, "without", channel=False)
    missing = Caller(app.test_client(), without.key).post(PATH, TEXT)
    assert (missing.status_code, missing.json["error"]["code"]) == (400, "WHATSAPP_NOT_CONFIGURED")
