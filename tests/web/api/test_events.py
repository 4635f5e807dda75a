"""GET /v1/events and POST /v1/events/{id}/replay."""

import uuid
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from tests.web.api.world import Business, Caller, change, count, pointers, rows

ENVELOPE = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": []}]}
RAW = b'{"not": "to be parsed'


def add_event(engine: Engine, business: Business, state: str = "unhandled", **columns: Any) -> str:
    event_id = uuid.uuid4() if "id" not in columns else columns["id"]
    values = {
        "id": event_id,
        "tenant": business.tenant_id,
        "state": state,
        "reason": "unknown_field",
        "envelope": None,
        "inbox_id": None,
        "inbox_received_at": None,
        **columns,
    }
    change(
        engine,
        """
        INSERT INTO events (id, tenant_id, field, kind, state, reason, envelope, inbox_id, inbox_received_at, digest)
        VALUES (:id, :tenant, 'strange', 'unhandled', :state, :reason, CAST(:envelope AS jsonb), :inbox_id,
            :inbox_received_at, CAST(:id AS text)::bytea)
        """,
        **values,
    )
    return str(event_id)


def test_events_are_listed_by_state_newest_first_and_paged(caller: Caller, engine: Engine, business: Business) -> None:
    ids = [add_event(engine, business, id=uuid.UUID(int=number)) for number in (1, 2, 3)]
    failed = add_event(engine, business, "failed", id=uuid.UUID(int=4))
    first = caller.get("/v1/events?state=unhandled&limit=2").json
    second = caller.get(f"/v1/events?state=unhandled&limit=2&cursor={first['next']}").json
    assert [event["id"] for event in first["data"] + second["data"]] == ids[::-1]
    assert second["next"] is None
    assert [event["id"] for event in caller.get("/v1/events?state=failed").json["data"]] == [failed]
    assert len(caller.get("/v1/events").json["data"]) == 4
    assert pointers(caller.get("/v1/events?state=lost")) == ["/state"]


def test_an_event_is_shown_with_its_payload(caller: Caller, engine: Engine, business: Business) -> None:
    event_id = add_event(engine, business, envelope=orjson.dumps(ENVELOPE).decode())
    shown = caller.get(f"/v1/events/{event_id}").json
    assert (shown["payload"], shown["state"], shown["field"]) == (ENVELOPE, "unhandled", "strange")
    assert shown["reason"] == "unknown_field"


def test_a_replay_puts_the_payload_into_the_inbox_again(caller: Caller, engine: Engine, business: Business) -> None:
    event_id = add_event(engine, business, envelope=orjson.dumps(ENVELOPE).decode())
    answer = caller.post(f"/v1/events/{event_id}/replay")
    assert (answer.status_code, answer.json["state"], answer.json["replays"]) == (202, "replayed", 1)
    assert answer.headers["Location"] == f"/v1/events/{event_id}"
    [row] = rows(engine, "SELECT i.body, i.event_id FROM inbox i JOIN inbox_queue q ON q.inbox_id = i.id")
    assert (orjson.loads(row.body), str(row.event_id)) == (ENVELOPE, event_id)
    assert caller.post(f"/v1/events/{event_id}/replay").json["replays"] == 2


def test_an_event_without_payload_replays_the_bytes_that_came(
    caller: Caller, engine: Engine, business: Business
) -> None:
    inbox_id = uuid.uuid4()
    change(engine, "INSERT INTO inbox (id, body) VALUES (:id, :body)", id=inbox_id, body=RAW)
    [arrived] = rows(engine, "SELECT received_at FROM inbox")
    event_id = add_event(engine, business, "failed", inbox_id=inbox_id, inbox_received_at=arrived.received_at)
    assert caller.get(f"/v1/events/{event_id}").json["payload"] is None
    assert caller.post(f"/v1/events/{event_id}/replay").status_code == 202
    [row] = rows(engine, "SELECT body FROM inbox WHERE event_id IS NOT NULL")
    assert bytes(row.body) == RAW


def test_what_retention_removed_cannot_be_replayed(caller: Caller, engine: Engine, business: Business) -> None:
    event_id = add_event(engine, business, "failed", inbox_id=uuid.uuid4(), inbox_received_at="2020-01-01")
    answer = caller.post(f"/v1/events/{event_id}/replay")
    assert (answer.status_code, answer.json["code"]) == (409, "event_expired")
    assert caller.get(f"/v1/events/{event_id}").json["state"] == "failed"
    assert count(engine, "inbox_queue") == 0


@pytest.mark.parametrize("event_id", ["x", "01a1fbd3-125a-7773-9696-91b050502188"])
def test_an_unknown_event_is_404(caller: Caller, event_id: str) -> None:
    assert caller.get(f"/v1/events/{event_id}").json["code"] == "event_not_found"
    assert caller.post(f"/v1/events/{event_id}/replay").status_code == 404
