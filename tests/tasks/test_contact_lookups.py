"""New contacts are looked up in the tenant's own system: once, signed, bounded, apart from ingest (S0.29)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

import db.engine
from db.changes import contact_lookups as changes
from db.changes import endpoints
from db.encryption import Keyring
from db.ids import id_at, new_id
from db.queries import contact_list, contact_lookups, contact_merge
from db.queries.contact_merge import Merge
from db.queries.endpoints import LOOKUP
from messaging.attributes import LARGEST_BODY
from messaging.limits import DEFAULTS
from settings import get_settings
from tasks import contact_lookups as task
from tasks import signed_posts
from tasks.ingest import drain_once
from tests.db.conftest import new_encryption_key
from tests.db.conftest import only_settings as only_settings  # noqa: PLC0414 - a fixture
from tests.rows import CUSTOMER, Place, add_channel, change, put_in_inbox, text_item, webhook
from tests.whatsapp.graph_server import (
    GraphServer,
    Handler,
    Request,
    json_answer,
    raw_answer,
    reset_before_answering,
    serving,
)

KEY = new_encryption_key()
KNOWN = {"plan": "oro", "saldo": 1500.5, "moroso": False, "asesor": None}


@pytest.fixture(autouse=True)
def settings(database: str, only_settings: Callable[..., None]) -> Iterator[None]:
    caches = (db.engine._engine_of, signed_posts._session)
    for cache in caches:
        cache.cache_clear()
    only_settings(DATABASE_URL=database, WHATSAPP_ENCRYPTION_KEY=KEY, BROKER_URL="redis://127.0.0.1:1/0")
    yield
    db.engine.get_engine().dispose()
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
def crm() -> Iterator[GraphServer]:
    """A tenant's own system."""
    with serving(json_answer(200, KNOWN)) as server:
        yield server


def point_at(engine: Engine, place: Place, server: GraphServer) -> str:
    url = f"{server.url}/who"
    with engine.begin() as connection:
        return endpoints.put(connection, LOOKUP, Keyring([KEY]), place.tenant_id, url, actor="test", allow_local=True)


def arrive(engine: Engine, *senders: str) -> None:
    items = [text_item(f"wamid.{new_id()}", sender.removeprefix("+")) for sender in senders or (CUSTOMER,)]
    put_in_inbox(engine, webhook(change(messages=items)))
    while drain_once(engine):
        pass


def run(engine: Engine, statement: str, **values: Any) -> Any:
    with engine.begin() as connection:
        return connection.execute(text(statement), values)


def met_before(engine: Engine, place: Place, ago: str) -> UUID:
    """Add a contact who was met that long ago."""
    contact_id = id_at(run(engine, "SELECT now() - CAST(:ago AS interval)", ago=ago).scalar_one())
    run(
        engine,
        "INSERT INTO contacts (id, tenant_id, phone, phone_key) VALUES (:id, :tenant, '+18095557001', 'k')",
        id=contact_id,
        tenant=place.tenant_id,
    )
    return contact_id


def lookups(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT * FROM contact_lookups ORDER BY contact_id")))


def make_due(engine: Engine) -> None:
    run(engine, "UPDATE contact_lookups SET due_at = now() WHERE state = 'waiting'")


def test_nobody_is_asked_about_unless_the_tenant_set_an_address(engine: Engine, place: Place, crm: GraphServer) -> None:
    arrive(engine)
    task.ask_lookups()
    assert (lookups(engine), crm.requests) == ([], [])


def test_a_new_contact_is_asked_about_once_signed_and_the_answer_is_kept(
    engine: Engine, place: Place, crm: GraphServer
) -> None:
    secret = point_at(engine, place, crm)
    for _ in range(2):
        arrive(engine)
        task.ask_lookups()
    [request] = crm.requests
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    asked = json.loads(request.body)
    assert (asked["type"], asked["data"]["phone"]) == ("contact.lookup", CUSTOMER)
    assert CUSTOMER[1:] not in request.path
    [kept] = lookups(engine)
    assert (kept.state, kept.answer, kept.attempts, kept.due_at) == ("answered", KNOWN, 1, None)
    told = run(engine, "SELECT payload, conversation_id FROM live_events WHERE kind = 'conversation_updated'").all()
    assert [one.payload for one in told if one.payload.get("contact")] == [{"contact": "looked_up"}]


def test_ingest_knows_nothing_of_it(engine: Engine, place: Place, crm: GraphServer) -> None:
    point_at(engine, place, crm)
    arrive(engine)
    assert (lookups(engine), crm.requests) == ([], [])


def test_those_who_were_there_before_the_address_are_not_asked_about_until_somebody_wants_it(
    engine: Engine, place: Place, crm: GraphServer
) -> None:
    old = met_before(engine, place, "1 day")
    point_at(engine, place, crm)
    task.ask_lookups()
    assert crm.requests == []
    with engine.begin() as connection:
        changes.ask_again(connection, place.tenant_id, old)
    task.ask_lookups()
    assert [json.loads(one.body)["data"]["phone"] for one in crm.requests] == ["+18095557001"]


def test_a_contact_whose_commit_came_late_is_asked_about_all_the_same(
    engine: Engine, place: Place, crm: GraphServer
) -> None:
    point_at(engine, place, crm)
    run(engine, "UPDATE lookup_endpoints SET new_from = :first", first=UUID(int=0))
    task.ask_lookups()
    met_before(engine, place, "2 minutes")
    task.ask_lookups()
    assert len(crm.requests) == 1


@pytest.mark.parametrize("status", [404, 204])
def test_who_is_not_known_there_is_not_asked_about_again(engine: Engine, place: Place, status: int) -> None:
    with serving(raw_answer(status, b"")) as crm:
        point_at(engine, place, crm)
        arrive(engine)
        for _ in range(2):
            task.ask_lookups()
        assert len(crm.requests) == 1
    assert [(one.state, one.answer) for one in lookups(engine)] == [("unknown", None)]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (json_answer(500, {}), "It answered 500."),
        (json_answer(302, {}), "It answered 302."),
        (reset_before_answering, "No answer: ConnectionError."),
        (json_answer(200, [1]), "the answer is no JSON object"),
        (json_answer(200, {"a": {"b": 1}}), "an attribute is a text, a number, true, false or null"),
        (raw_answer(200, b"<html>"), "the answer is no JSON"),
        (raw_answer(200, b" " * (LARGEST_BODY + 9)), f"the answer has more than {LARGEST_BODY} bytes"),
    ],
    ids=["500", "redirect", "reset", "list", "nested", "html", "large"],
)
def test_what_cannot_be_kept_is_asked_again_later_and_given_up(
    engine: Engine, place: Place, answer: Any, problem: str
) -> None:
    with serving(answer) as crm:
        point_at(engine, place, crm)
        arrive(engine)
        for attempt in range(1, DEFAULTS.lookup_attempts + 1):
            for _ in range(2):
                task.ask_lookups()
            [kept] = lookups(engine)
            assert (kept.attempts, kept.problem) == (attempt, problem)
            make_due(engine)
        task.ask_lookups()
    [kept] = lookups(engine)
    assert (kept.state, kept.answer) == ("failed", None)
    assert run(engine, "SELECT count(*) FROM messages").scalar_one() == 1


def test_an_answer_that_drips_ends_with_the_time_of_the_whole(
    engine: Engine, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(handler: Handler, _request: Request) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _ in range(300):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)  # nothing is waited for: the system is slow, longer in all than WHOLE_SECONDS

    monkeypatch.setattr(signed_posts, "WHOLE_SECONDS", 0.5)
    with serving(drip) as crm:
        point_at(engine, place, crm)
        arrive(engine)
        began = time.monotonic()
        task.ask_lookups()
        assert time.monotonic() - began < 10
    [kept] = lookups(engine)
    assert kept.state == "waiting"
    assert kept.problem.startswith("No answer: ")


def test_no_address_of_this_network_is_asked_in_production(
    engine: Engine, place: Place, crm: GraphServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(engine, place, crm)
    monkeypatch.setattr(signed_posts, "get_settings", lambda: get_settings().model_copy(update={"env": "production"}))
    arrive(engine)
    task.ask_lookups()
    assert crm.requests == []
    [kept] = lookups(engine)
    assert kept.problem == "The address leads into a private network."


def test_a_worker_that_vanishes_leaves_its_question_to_others(engine: Engine, place: Place, crm: GraphServer) -> None:
    point_at(engine, place, crm)
    arrive(engine)
    with engine.begin() as connection:
        contact_lookups.notice_new_contacts(connection)
        assert len(contact_lookups.take_due(connection, lease=timedelta(seconds=60), limit=9)) == 1
        assert contact_lookups.take_due(connection, lease=timedelta(seconds=60), limit=9) == []
    make_due(engine)
    task.ask_lookups()
    assert [(one.state, one.attempts) for one in lookups(engine)] == [("answered", 2)]


def test_a_tenant_whose_system_has_much_to_answer_does_not_keep_another_waiting(
    engine: Engine, place: Place, crm: GraphServer
) -> None:
    with engine.begin() as connection:
        other = add_channel(connection, "other", "200000000000001")
    for one in (place, other):
        point_at(engine, one, crm)
    arrive(engine, *(f"+1809555{number:04}" for number in range(30)))
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO contacts (id, tenant_id, phone, phone_key) VALUES (:id, :tenant, '+18095557001', 'k')"),
            {"id": new_id(), "tenant": other.tenant_id},
        )
        contact_lookups.notice_new_contacts(connection)
    with engine.begin() as connection:
        taken = contact_lookups.take_due(connection, lease=timedelta(seconds=60), limit=20)
    assert {one.tenant_id for one in taken} == {place.tenant_id, other.tenant_id}
    assert len(taken) == contact_lookups.OF_EACH_TENANT + 1


def test_whoever_is_forgotten_takes_the_answer_along_and_is_not_asked_about_again(
    engine: Engine, place: Place, crm: GraphServer
) -> None:
    point_at(engine, place, crm)
    arrive(engine)
    task.ask_lookups()
    [kept] = lookups(engine)
    with engine.begin() as connection:
        contact_list.erase(connection, place.tenant_id, kept.contact_id)
    task.ask_lookups()
    assert (lookups(engine), len(crm.requests)) == ([], 1)


def test_what_was_answered_goes_along_when_two_contacts_prove_to_be_one(
    engine: Engine, place: Place, crm: GraphServer
) -> None:
    older = met_before(engine, place, "1 day")
    point_at(engine, place, crm)
    arrive(engine)
    task.ask_lookups()
    [asked] = lookups(engine)
    with engine.begin() as connection:
        contact_merge.merge(connection, [Merge(place.tenant_id, asked.contact_id, older)])
    task.ask_lookups()
    [kept] = lookups(engine)
    assert (kept.contact_id, kept.state, kept.answer, len(crm.requests)) == (older, "answered", KNOWN, 1)


def test_one_task_asks_at_a_time_so_that_a_system_that_hangs_holds_one_worker(
    engine: Engine, place: Place, crm: GraphServer
) -> None:
    point_at(engine, place, crm)
    arrive(engine)
    with engine.begin() as another:
        assert contact_lookups.take_turn(another)
        task.ask_lookups()
        assert crm.requests == []
    task.ask_lookups()
    assert len(crm.requests) == 1
