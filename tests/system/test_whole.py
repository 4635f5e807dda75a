"""The whole system, as it runs in production, and what becomes of its promises when Redis or Postgres are in trouble."""

import base64
import itertools
import json
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from db.ids import new_id
from simulator import defaults
from tests.rows import change, text_item, webhook
from tests.system.conftest import System
from tests.waiting import wait_for
from tests.web.test_metrics import NAMED
from worker.queues import INGEST, QUEUES, SEND

ACK_SECONDS = 2.0
"""What the receiver promises when Postgres is gone."""
RING_BYTES = 1500
"""A ring with Celery's own headers; a webhook's smallest receipt alone is larger than what is left."""
ID = re.compile(r"^[0-9a-f-]{32,36}$")

numbers = itertools.count(1)


def unique() -> str:
    return new_id().hex


def phone() -> str:
    return f"+1809556{next(numbers):04}"


def inbound(wamid: str, body: str = "hello") -> bytes:
    return webhook(change(messages=[text_item(wamid, body=body)]))


def stored(system: System, *wamids: str) -> bool:
    """Tell whether each of these inbound messages is there."""
    query = "SELECT count(*), count(DISTINCT wamid) FROM messages WHERE wamid = ANY(%s)"
    return system.rows(query, list(wamids)) == [(len(wamids), len(wamids))]


def milliseconds_of_acknowledging(system: System, wamids: list[str]) -> float:
    """Post webhooks one after the other; return the median time."""
    times = []
    for wamid in wamids:
        started = time.perf_counter()
        assert system.post_webhook(inbound(wamid)).status_code == 200
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


@pytest.fixture
def wamids() -> Callable[[int], list[str]]:
    return lambda number: [f"wamid.{unique()}" for _ in range(number)]


def test_a_signed_webhook_is_acknowledged_and_becomes_a_message(system: System) -> None:
    wamid = f"wamid.{unique()}"
    answer = system.post_webhook(inbound(wamid, "¿Cuánto debo?"))
    assert (answer.status_code, answer.text) == (200, "EVENT_RECEIVED")
    wait_for(lambda: stored(system, wamid))
    assert system.rows("SELECT direction, text FROM messages WHERE wamid = %s", wamid) == [("inbound", "¿Cuánto debo?")]


def test_an_unsigned_webhook_is_refused_and_leaves_nothing(system: System) -> None:
    before = system.rows("SELECT count(*) FROM inbox")
    answer = system.http.post(f"{system.url}/webhook", data=inbound("wamid.unsigned"), timeout=5)
    assert (answer.status_code, answer.content) == (401, b"")
    assert system.rows("SELECT count(*) FROM inbox") == before


def test_an_invoice_is_sent_delivered_and_read_and_tells_so(system: System) -> None:
    message_id = system.send_invoice(unique(), phone())
    system.wait_until_read(message_id)
    message = system.message(message_id)
    assert {step["status"] for step in message["timeline"]} == {"queued", "accepted", "sent", "delivered", "read"}
    assert [attempt["outcome"] for attempt in message["attempts"]] == ["accepted"]
    assert message["error"] is None
    (sent,) = system.meta.look("sends", callback_data=f"{message_id}:1")
    assert sent["wamid"] == message["wamid"]


def test_the_same_invoice_at_once_from_many_callers_is_sent_once(system: System) -> None:
    number, customer = unique(), phone()
    answers: list[requests.Response] = []
    body = {
        "number": number,
        "customer": {"name": "Ana", "phone": customer},
        "amount": "10.00",
        "currency": "DOP",
        "period": "noviembre 2026",
        "due_date": "2026-11-30",
        "link": "https://pay.example.com/i/1",
    }

    def ask() -> None:
        headers = {"Authorization": f"Bearer {system.api_key}"}
        answers.append(requests.post(f"{system.url}/v1/invoices", json=body, headers=headers, timeout=10))

    callers = [threading.Thread(target=ask) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert {answer.status_code for answer in answers} <= {200, 202}
    (message_id,) = {answer.json()["messages"][0]["id"] for answer in answers}
    system.wait_until_read(message_id)
    assert len(system.meta.look("sends", to=customer)) == 1


# --- what stands in Redis, in the logs, in Flower, in the metrics --------------------------------------------------


def test_a_message_in_redis_holds_ids_at_the_most(system: System) -> None:
    customer, secret = phone(), f"nobody-may-see-{unique()}"
    with system.frozen_workers():
        message_id = system.send_invoice(unique(), customer)
        wamid = f"wamid.{unique()}"
        system.post_webhook(inbound(wamid, secret))
        for queue in (INGEST, SEND):
            wait_for(lambda queue=queue: system.redis.llen(f"paperboy:{queue}"))
        waiting: dict[str, list[bytes]] = {queue: system.redis.lrange(f"paperboy:{queue}", 0, -1) for queue in QUEUES}
    for queue in (INGEST, SEND):
        assert waiting[queue]
    for message in itertools.chain.from_iterable(waiting.values()):
        assert len(message) < RING_BYTES
        found = json.loads(message)
        arguments, named, _ = json.loads(base64.b64decode(found["body"]))
        assert (arguments, named) == ([], {})
        assert found["content-type"] == "application/json"
        for private in (customer[1:], secret, defaults.ACCESS_TOKEN, system.api_key, wamid):
            assert private.encode() not in message
    system.wait_until_read(message_id)
    wait_for(lambda: stored(system, wamid))


def log_lines(system: System, name: str, event: str) -> list[dict[str, Any]]:
    """The JSON lines of a process with this event."""
    lines = [json.loads(line) for line in system.logs[name].splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def test_no_phone_token_key_or_text_of_a_whole_conversation_is_in_any_log(system: System) -> None:
    customer, failing, said = phone(), phone(), f"nobody-may-see-{unique()}"
    message_id = system.send_invoice(unique(), customer)
    system.meta.control("faults", next=1, fault="error", code=131026, to=failing)
    refused_id = system.send_invoice(unique(), failing)
    wamid = f"wamid.{unique()}"
    system.post_webhook(webhook(change(messages=[text_item(wamid, customer[1:], said)])))
    system.post_webhook(f"no json {said}".encode())
    system.api("POST", "/v1/messages", json={"to": failing, "text": {"body": said}, "nonsense": said})
    made = system.api("POST", "/v1/keys", json={"name": unique(), "scopes": ["read"]}).json()["key"]
    invited = system.api("POST", "/v1/users", json={"login": unique(), "role": "viewer"}).json()["invitation"]["url"]
    assert system.http.get(invited, timeout=10).status_code == 200
    system.http.post(f"{system.url}/login", data={"login": "admin", "password": system.admin_password}, timeout=10)
    system.wait_until_read(message_id)
    wait_for(lambda: system.message(refused_id)["status"] == "failed")
    wait_for(lambda: stored(system, wamid))
    secrets = (
        customer[1:],
        failing[1:],
        said,
        defaults.ACCESS_TOKEN,
        defaults.APP_SECRET,
        system.api_key,
        system.admin_password,
        made,
        invited.rpartition("/")[2],
        system.environment["WHATSAPP_ENCRYPTION_KEY"],
        "Ana Peña",
    )
    for name, log in system.logs.items():
        assert [secret for secret in secrets if secret in log] == [], name
    outcomes = {line["message_id"]: line for line in log_lines(system, "worker-send", "message.attempted")}
    assert outcomes[message_id]["outcome"] == "accepted"
    assert (outcomes[refused_id]["outcome"], outcomes[refused_id]["code"]) == ("failed", 131026)


def test_the_request_that_asked_for_an_invoice_is_named_by_the_worker_that_sent_it(system: System) -> None:
    asked = f"request-{unique()}"
    message_id = system.send_invoice(unique(), phone(), **{"X-Request-Id": asked})
    wait_for(lambda: [line for line in log_lines(system, "worker-send", "message.attempted") if asked in str(line)])
    (line,) = (one for one in log_lines(system, "worker-send", "message.attempted") if one["message_id"] == message_id)
    assert line["request_id"] == asked
    system.wait_until_read(message_id)


def alive(system: System) -> dict[str, Any]:
    answer = system.http.get(f"{system.url}/health/ready", timeout=5)
    assert answer.status_code == 200
    return dict(answer.json()["checks"]["workers"])


def test_health_shows_which_workers_answered_lately_and_misses_those_that_do_not(system: System) -> None:
    found = wait_for(lambda: (found := alive(system))["ok"] and found)
    assert {queue for one in found["alive"] for queue in one["queues"]} == set(QUEUES)
    with system.frozen_workers():
        missed = wait_for(lambda: (found := alive(system))["alive"] == [] and found)
    assert missed["ok"] is False
    assert all(queue in missed["detail"] for queue in QUEUES)
    wait_for(lambda: alive(system)["ok"])


def test_health_answers_in_time_while_redis_is_frozen(system: System) -> None:
    with system.frozen_redis():
        started = time.monotonic()
        found = alive(system)
        assert time.monotonic() - started < 1
    assert (found["ok"], found["inbox_rows"] is not None) == (False, True)
    wait_for(lambda: alive(system)["ok"])


UNKNOWN_TO_FLOWER = {(None, None)}
"""What it lists of tasks that were received before it listened."""


def test_flower_lists_named_tasks_without_arguments_and_asks_no_password_on_loopback(system: System) -> None:
    assert system.http.get(f"{system.flower_url}/workers", timeout=5).status_code == 200
    system.post_webhook(inbound(f"wamid.{unique()}"))
    wait_for(
        lambda: (
            {"ingest.drain_inbox", "housekeeping.ring_due_work"} <= {task["name"] for task in system.tasks_in_flower()}
        )
    )
    listed = system.tasks_in_flower()
    arguments = {(task["args"], task["kwargs"]) for task in listed}
    assert arguments - UNKNOWN_TO_FLOWER == {("()", "{}")}
    assert all(ID.match(task["uuid"]) for task in listed)


def test_one_scrape_tells_what_web_and_workers_counted(system: System) -> None:
    system.wait_until_read(system.send_invoice(unique(), phone()))
    families = {
        family.name: family
        for family in text_string_to_metric_families(system.http.get(f"{system.url}/metrics", timeout=5).text)
    }
    rare = {"paperboy_send_errors", "paperboy_brakes"}
    assert set(NAMED.values()) - rare <= families.keys()
    accepted = [one for one in families["paperboy_sends"].samples if one.labels.get("outcome") == "accepted"]
    assert sum(one.value for one in accepted if one.name.endswith("_total")) >= 1
    timed = {one.labels["task"] for one in families["paperboy_task_seconds"].samples}
    assert {"ingest.drain_inbox", "sending.send_messages", "housekeeping.ring_due_work"} <= timed


# --- trouble -------------------------------------------------------------------------------------------------------


def test_a_frozen_redis_slows_no_acknowledgement_and_the_work_is_done_once_it_goes_on(
    system: System, wamids: Callable[[int], list[str]]
) -> None:
    before, during = wamids(60), wamids(60)
    usual = milliseconds_of_acknowledging(system, before)
    with system.frozen_redis():
        frozen = milliseconds_of_acknowledging(system, during)
        started = time.monotonic()
        message_id = system.send_invoice(unique(), phone())
        assert time.monotonic() - started < ACK_SECONDS
    assert frozen < 3 * usual + 100, f"{usual:.1f} ms before, {frozen:.1f} ms while frozen"
    wait_for(lambda: stored(system, *before, *during))
    system.wait_until_read(message_id)


def test_a_flushed_redis_loses_nothing(system: System, wamids: Callable[[int], list[str]]) -> None:
    arrived = wamids(20)
    with system.frozen_workers():
        for wamid in arrived[:-1]:
            assert system.post_webhook(inbound(wamid)).status_code == 200
        invoices = [system.send_invoice(unique(), phone()) for _ in range(3)]
        for queue in (INGEST, SEND):
            wait_for(lambda queue=queue: system.redis.llen(f"paperboy:{queue}"))
        system.redis.flushall()
    assert system.post_webhook(inbound(arrived[-1])).status_code == 200
    wait_for(lambda: stored(system, *arrived))
    system.wait_until_read(*invoices)


@pytest.fixture
def admin(system: System) -> Iterator[psycopg.Connection[Any]]:
    """A connection that is not to the system's own database."""
    with psycopg.connect(system.database_url.rpartition("/")[0] + "/postgres", autocommit=True) as connection:
        yield connection


CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'whole_system'"


def test_connections_that_are_cut_again_and_again_lose_nothing_that_was_acknowledged(
    system: System, admin: psycopg.Connection[Any], wamids: Callable[[int], list[str]]
) -> None:
    acknowledged, invoices = [], []
    for position, wamid in enumerate(wamids(40)):
        if position % 4 == 0:
            admin.execute(CUT)
        answer = system.post_webhook(inbound(wamid))
        assert answer.status_code in (200, 503)
        if answer.status_code == 200:
            acknowledged.append(wamid)
        if position % 10 == 5:
            invoices.append(system.send_invoice(unique(), phone()))
    assert len(acknowledged) >= 30, "a cut connection is replaced, not passed on to Meta"
    wait_for(lambda: stored(system, *acknowledged))
    system.wait_until_read(*invoices)


def test_while_postgres_takes_no_connection_callers_get_503_in_time_and_all_goes_on_by_itself(
    system: System, admin: psycopg.Connection[Any], wamids: Callable[[int], list[str]]
) -> None:
    before, during, after = wamids(3)
    system.post_webhook(inbound(before))
    with not_accepting(admin):
        for call in (
            lambda: system.post_webhook(inbound(during)),
            lambda: system.api("GET", "/v1/messages"),
        ):
            started = time.monotonic()
            answer = call()
            assert (answer.status_code, time.monotonic() - started < ACK_SECONDS + 0.5) == (503, True)
            assert int(answer.headers["Retry-After"]) > 0
        assert system.http.get(f"{system.url}/health/live", timeout=5).status_code == 200
        assert system.http.get(f"{system.url}/health/ready", timeout=5).status_code == 503
        scraped = system.http.get(f"{system.url}/metrics", timeout=5)
        assert "paperboy_postgres_up 0.0" in scraped.text
    wait_for(lambda: system.post_webhook(inbound(after)).status_code == 200)
    wait_for(lambda: stored(system, before, after))
    system.wait_until_read(system.send_invoice(unique(), phone()))
    assert system.http.get(f"{system.url}/health/ready", timeout=5).status_code == 200


@contextmanager
def not_accepting(admin: psycopg.Connection[Any]) -> Iterator[None]:
    """Postgres is there but takes no connection to the system's database, and cuts those that exist."""
    admin.execute("ALTER DATABASE whole_system ALLOW_CONNECTIONS false")
    admin.execute(CUT)
    yield
    admin.execute("ALTER DATABASE whole_system ALLOW_CONNECTIONS true")
