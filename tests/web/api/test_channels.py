"""Channels: people see what holds sending up, and let it go on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from db.queries import brakes
from tests.rows import Place, add_message, message_row
from tests.web.api.world import Business, Caller, rows

UNKNOWN_ATTEMPT = """
INSERT INTO attempts (message_id, number, tenant_id, outcome, ended_at, error_title, fbtrace_id)
SELECT id, 1, tenant_id, 'unknown', now(), 'No clear answer from Meta: connection_lost', 'AbC' FROM messages WHERE id = :id
"""


@pytest.fixture
def place(business: Business) -> Place:
    assert business.channel_id is not None
    return Place(business.tenant_id, business.channel_id, business.channel_id.hex)


@pytest.fixture
def paused(engine: Engine, place: Place) -> Place:
    with engine.begin() as connection:
        brakes.pause_channel(connection, place.channel_id, code=190, reason="Access token expired")
    return place


def test_a_paused_channel_tells_since_when_why_and_what_to_do(caller: Caller, paused: Place) -> None:
    shown = caller.get(f"/v1/channels/{paused.channel_id}").json
    assert (shown["paused"]["code"], shown["paused"]["reason"]) == (190, "Access token expired")
    assert "new access token" in shown["paused"]["advice"]
    assert shown["paused"]["next_probe_at"] > shown["paused"]["since"]
    assert caller.get("/v1/channels").json == {"data": [shown], "next": None}


def test_a_person_resumes_a_channel_once_and_the_audit_log_tells_who(
    engine: Engine, caller: Caller, paused: Place
) -> None:
    answer = caller.post(f"/v1/channels/{paused.channel_id}/resume")
    assert (answer.status_code, answer.json["paused"], answer.json["on_trial"]) == (202, None, True)
    again = caller.post(f"/v1/channels/{paused.channel_id}/resume")
    assert (again.status_code, again.json["code"]) == (409, "not_paused")
    assert [(row.actor, row.action) for row in rows(engine, "SELECT * FROM audit_log")] == [
        ("key:test", "channel.resumed")
    ]


def test_a_held_template_is_shown_with_its_channel(engine: Engine, caller: Caller, place: Place) -> None:
    with engine.begin() as connection:
        brakes.hold_template(connection, place.channel_id, "invoice", "es", code=132015, reason="Template paused")
    (held,) = caller.get(f"/v1/channels/{place.channel_id}").json["held_templates"]
    assert (held["name"], held["language"], held["code"]) == ("invoice", "es", 132015)
    assert held["advice"]


def test_no_channel_of_another_tenant_is_seen_or_resumed(
    engine: Engine, caller: Caller, other_business: Business
) -> None:
    assert other_business.channel_id is not None
    with engine.begin() as connection:
        brakes.pause_channel(connection, other_business.channel_id, code=190, reason="Access token expired")
    assert caller.get(f"/v1/channels/{other_business.channel_id}").status_code == 404
    assert caller.post(f"/v1/channels/{other_business.channel_id}/resume").status_code == 404
    assert str(other_business.channel_id) not in caller.get("/v1/channels").text


@pytest.mark.parametrize(("outcome", "status"), [("sent", "accepted"), ("not_sent", "failed")])
def test_a_person_settles_an_unknown_message_either_way_once(
    engine: Engine, caller: Caller, place: Place, outcome: str, status: str
) -> None:
    with engine.begin() as connection:
        message_id = add_message(connection, place)
        connection.execute(text("UPDATE messages SET status = 'unknown', attempt = 1"))
        connection.execute(text("UPDATE outbox SET state = 'unknown'"))
        connection.execute(text(UNKNOWN_ATTEMPT), {"id": message_id})
    answer = caller.post(f"/v1/messages/{message_id}/settle", {"outcome": outcome})
    assert (answer.status_code, answer.json["status"]) == (200, status)
    steps = [(step["status"], step["source"]) for step in answer.json["timeline"]]
    assert ("unknown", "worker") in steps
    assert outcome == "not_sent" or ("accepted", "api") in steps
    assert answer.json["attempts"][0]["fbtrace_id"] == "AbC"
    assert caller.post(f"/v1/messages/{message_id}/settle", {"outcome": outcome}).json["code"] == "not_unknown"
    assert [(row.action, row.details["outcome"]) for row in rows(engine, "SELECT * FROM audit_log")] == [
        ("message.settled", outcome)
    ]


@pytest.mark.parametrize(("age", "code"), [(timedelta(hours=23), 409), (timedelta(hours=25), 202)])
def test_what_meta_withheld_is_never_sent_again_within_a_day(
    engine: Engine, caller: Caller, place: Place, age: timedelta, code: int
) -> None:
    failed: dict[str, Any] = {"error_code": 131049, "failed_at": datetime.now(UTC) - age}
    with engine.begin() as connection:
        message_id = add_message(connection, place, "failed", **failed)
    assert caller.post(f"/v1/messages/{message_id}/resend").status_code == code
    assert message_row(engine, message_id).status == ("queued" if code == 202 else "failed")
