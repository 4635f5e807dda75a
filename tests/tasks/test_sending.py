"""What becomes of a message that is due, with the simulator as Meta and real rows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, event, text

from db.queries import brakes, claims, outbox, outcomes
from messaging import callback_data
from tasks.sending import THREADS, Sender
from tests.rows import CUSTOMER, Place, add_channel, make_all_due, message_row
from tests.simulator.meta import Meta
from tests.tasks.sends import INVOICE, attempts, queue, waits
from whatsapp.errors import classify
from whatsapp.graph import GraphClient, Refused


def test_a_due_message_is_sent_once_with_our_id_and_attempt(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    (message_id,) = queue(engine, place, contact_phone=CUSTOMER)
    send()
    send()
    (sent,) = meta.look("sends")
    assert (sent["callback_data"], sent["to"]) == (callback_data.write(message_id, 1), CUSTOMER)
    row = message_row(engine, message_id)
    assert (row.status, row.wamid, row.attempt, row.attempts_spent) == ("accepted", sent["wamid"], 1, 1)
    (tried,) = attempts(engine, message_id)
    assert (tried.outcome, tried.http_status, tried.wamid) == ("accepted", 200, sent["wamid"])
    assert tried.started_at <= tried.ended_at
    assert waits(engine) is None


def test_two_workers_never_send_the_same_message(engine: Engine, place: Place, meta: Meta, send: Any) -> None:
    ids = queue(engine, place, 60)
    with ThreadPoolExecutor(4) as workers:
        for run in [workers.submit(send) for _ in range(4)]:
            run.result()
    sent = [entry["callback_data"] for entry in meta.look("sends")]
    assert sorted(sent) == sorted(callback_data.write(message_id, 1) for message_id in ids)


def test_a_scheduled_message_waits_for_its_time(engine: Engine, place: Place, meta: Meta, send: Any) -> None:
    with engine.begin() as connection:
        later = connection.execute(text("SELECT now() + interval '1 hour'")).scalar_one()
    (message_id,) = queue(engine, place, status="scheduled", scheduled_at=later)
    send()
    assert message_row(engine, message_id).status == "scheduled"
    make_all_due(engine)
    send()
    assert message_row(engine, message_id).status == "accepted"
    assert len(meta.look("sends")) == 1


def test_a_cancelled_message_is_never_sent(engine: Engine, place: Place, meta: Meta, send: Any) -> None:
    (message_id,) = queue(engine, place)
    with engine.begin() as connection:
        assert outbox.cancel(connection, place.tenant_id, message_id)
    send()
    assert message_row(engine, message_id).status == "cancelled"
    assert meta.look("sends") == []


def test_a_transient_refusal_is_tried_again_later_and_gives_up_after_its_attempts(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    (message_id,) = queue(engine, place)
    meta.control("faults", next=5, fault="error", code=131016, http_status=400)
    for number in range(1, 5):
        send()
        assert message_row(engine, message_id).status == "queued", number
        assert waits(engine).state == "waiting"
        make_all_due(engine)
    send()
    row = message_row(engine, message_id)
    assert (row.status, row.error_code, row.attempt) == ("failed", 131016, 5)
    assert row.failed_at is not None
    assert [tried.outcome for tried in attempts(engine, message_id)] == ["retry"] * 4 + ["failed"]
    assert waits(engine) is None


def test_a_rate_limit_postpones_without_spending_an_attempt(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    (message_id,) = queue(engine, place)
    meta.control("faults", next=1, fault="error", code=130429)
    send()
    row = message_row(engine, message_id)
    assert (row.status, row.attempt, row.attempts_spent) == ("queued", 1, 0)
    assert timedelta(0) < waits(engine).delay < timedelta(seconds=10)


def test_a_permanent_refusal_fails_at_once_with_metas_words(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    wrong = orjson.loads(INVOICE)
    wrong["template"]["components"][0]["parameters"].pop()
    (message_id,) = queue(engine, place, content=orjson.dumps(wrong).decode())
    send()
    row = message_row(engine, message_id)
    assert (row.status, row.error_code) == ("failed", 132000)
    (tried,) = attempts(engine, message_id)
    assert (tried.http_status, tried.error_code) == (400, 132000)
    assert tried.fbtrace_id


@pytest.mark.parametrize(
    "fault", ["lose_answer", "reset_after", "garbage", "no_id", "error_200", "http_500", "http_503", "slow"]
)
def test_an_unclear_answer_is_unknown_and_never_repeated_blindly(
    engine: Engine, place: Place, meta: Meta, send: Any, fault: str
) -> None:
    (message_id,) = queue(engine, place)
    meta.control("faults", next=1, fault=fault)
    send()
    send()
    assert message_row(engine, message_id).status == "unknown"
    assert [tried.outcome for tried in attempts(engine, message_id)] == ["unknown"]
    assert waits(engine).state == "unknown"
    assert len(meta.look("sends")) <= 1


TEMPORARY = [(1, True), (2, True), (131016, True), (133004, False), (424242, True)]
"""Codes that say no more than that a server failed, and whether the message was sent before it did."""
DOUBTFUL = [
    {"fault": f"http_{status}", "code": code, "is_transient": True, "accepted": is_accepted}
    for status in (500, 502, 503)
    for code, is_accepted in TEMPORARY
]


@pytest.mark.parametrize("fault", DOUBTFUL, ids=lambda fault: f"{fault['fault']} {fault['code']}")
def test_a_temporary_error_with_a_5xx_is_unknown_and_never_repeated_blindly(
    engine: Engine, place: Place, meta: Meta, send: Any, fault: dict[str, Any]
) -> None:
    (message_id,) = queue(engine, place)
    meta.control("faults", next=1, **fault)
    send()
    make_all_due(engine)
    send()
    row = message_row(engine, message_id)
    assert (row.status, row.error_code) == ("unknown", fault["code"])
    (tried,) = attempts(engine, message_id)
    assert (tried.outcome, tried.error_code) == ("unknown", fault["code"])
    assert waits(engine).state == "unknown"
    assert len(meta.look("sends")) == fault["accepted"]


def test_what_provably_did_not_leave_is_tried_again_within_the_attempt_and_then_later(
    engine: Engine, place: Place
) -> None:
    (message_id,) = queue(engine, place)
    client = GraphClient(base_url="http://127.0.0.1:1", version="v26.0", access_token="t", app_secret=None)
    with ThreadPoolExecutor(1) as executor:
        Sender(engine, executor, lambda _token, _app_secret: client).run()
    row = message_row(engine, message_id)
    assert (row.status, row.attempts_spent) == ("queued", 0)
    assert waits(engine).state == "waiting"


def test_a_config_refusal_pauses_the_channel_and_keeps_the_queue(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    ids = queue(engine, place, 40)
    meta.control("settings", token_expired=True)
    send()
    assert {message_row(engine, message_id).status for message_id in ids} == {"queued"}
    with engine.connect() as connection:
        row = connection.execute(text("SELECT paused_code, paused_reason FROM channels")).one()
    assert row.paused_code == 190
    assert row.paused_reason
    calls = meta.look("stats")["calls"]
    send()
    assert meta.look("stats")["calls"] == calls
    meta.control("settings", token_expired=False)
    with engine.begin() as connection:
        assert brakes.resume_channel(connection, place.channel_id)
    send()
    assert {message_row(engine, message_id).status for message_id in ids} == {"accepted"}
    assert {message_row(engine, message_id).attempts_spent for message_id in ids} == {1}


def test_held_messages_are_not_called_accepted(engine: Engine, place: Place, meta: Meta, send: Any) -> None:
    (message_id,) = queue(engine, place)
    meta.control("faults", next=1, fault="held")
    send()
    row = message_row(engine, message_id)
    assert (row.status, row.held_at is not None) == ("held", True)


def test_a_message_to_a_bsuid_goes_to_recipient(engine: Engine, place: Place, meta: Meta, send: Any) -> None:
    (message_id,) = queue(engine, place, contact_phone=None, contact_bsuid="DO.13491208655302741918")
    send()
    assert message_row(engine, message_id).status == "accepted"
    assert meta.look("sends")[0]["body"]["recipient"] == "DO.13491208655302741918"


def test_a_message_whose_worker_vanished_becomes_unknown_not_sent_again(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    (message_id,) = queue(engine, place)
    with engine.begin() as connection:
        claims.claim(connection, place.channel_id, 1)
    send()
    assert message_row(engine, message_id).status == "sending"
    make_all_due(engine)
    with engine.begin() as connection:
        assert outcomes.mark_abandoned(connection, delay=timedelta(minutes=15)) == [message_id]
    send()
    assert message_row(engine, message_id).status == "unknown"
    assert meta.look("sends") == []


def test_a_receipt_that_overtook_the_answer_is_not_undone_by_it(engine: Engine, place: Place) -> None:
    (message_id,) = queue(engine, place)
    with engine.begin() as connection:
        claims.claim(connection, place.channel_id, 1)
        connection.execute(text("UPDATE messages SET status = 'read', read_at = now()"))
        outcome = outcomes.Outcome(message_id, 1, "accepted", "accepted", wamid="wamid.A", http_status=200)
        outcomes.record(connection, [outcome])
    row = message_row(engine, message_id)
    assert (row.status, row.wamid, row.accepted_at is not None) == ("read", "wamid.A", True)
    assert waits(engine) is None


def test_the_pace_of_a_number_is_kept(engine: Engine, meta: Meta) -> None:
    with engine.begin() as connection:
        place = add_channel(connection, throughput=5)
    queue(engine, place, 20)
    with engine.begin() as connection:
        assert len(claims.claim(connection, place.channel_id, 100)) == 5
        assert claims.claim(connection, place.channel_id, 100) == []


def test_a_large_batch_of_one_channel_leaves_room_for_another(engine: Engine, place: Place, send: Any) -> None:
    queue(engine, place, 200)
    with engine.begin() as connection:
        other = add_channel(connection, "other", "2002")
    (single,) = queue(engine, other)
    send()
    (tried,) = attempts(engine, single)
    with engine.connect() as connection:
        earlier = connection.execute(
            text("SELECT count(*) FROM attempts WHERE started_at < :at"), {"at": tried.started_at}
        ).scalar_one()
    assert earlier <= THREADS


@pytest.mark.parametrize("number", [1, 12])
def test_a_send_takes_a_fifth_of_a_handful_of_statements(
    engine: Engine, place: Place, meta: Meta, send: Any, number: int
) -> None:
    queue(engine, place, number)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cu, statement, *_: statements.append(statement))
    send()
    claims = [statement for statement in statements if "opened AS" in statement]
    records = [statement for statement in statements if "moved AS" in statement]
    assert len(claims) <= 2
    assert 1 <= len(records) <= max(1, number // 2)


class OddMeta:
    """A Graph client whose refusals for one customer hold what Postgres cannot store."""

    def __init__(self, client: GraphClient, customer: str) -> None:
        self._client, self._customer = client, customer

    def send_message(self, phone_number_id: str, payload: Any) -> Any:
        if payload["to"] == self._customer:
            raise Refused(
                code=131026,
                subcode=None,
                http_status=400,
                title="odd \x00",
                details=None,
                user_message=None,
                fbtrace_id=None,
                is_transient=None,
                rule=classify(131026),
            )
        return self._client.send_message(phone_number_id, payload)


def test_an_outcome_that_postgres_refuses_costs_no_neighbour_its_own(
    engine: Engine, place: Place, client: GraphClient
) -> None:
    (odd,) = queue(engine, place, contact_phone="+18095557001")
    good = queue(engine, place, 3, contact_phone="+18095557002")
    with ThreadPoolExecutor(4) as executor:
        odd_meta: Any = OddMeta(client, "+18095557001")
        Sender(engine, executor, lambda _token, _secret: odd_meta).run()
    assert {message_row(engine, message_id).status for message_id in good} == {"accepted"}
    assert message_row(engine, odd).status == "sending", "its lease ends, and then it is unknown"


def test_a_message_that_cannot_be_written_as_json_fails_before_anything_leaves(
    engine: Engine, place: Place, meta: Meta, send: Any
) -> None:
    (message_id,) = queue(engine, place, content='{"type": "text", "text": {"body": 1180591620717411303424}}')
    send()
    row = message_row(engine, message_id)
    assert (row.status, row.error_title) == ("failed", "The stored message cannot be sent")
    assert meta.look("sends") == []
