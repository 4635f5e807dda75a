"""9. Poison: what raises every time ends as a visible failure, and stops nothing else."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from db.engine import build_engine
from tests.faults.callers import Asked
from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.load import Rates
from tests.faults.rows import all_of, how_many, status_of, unrecorded_calls
from tests.faults.scale import Scale
from tests.faults.senders import inbound_body
from tests.faults.system import System
from tests.faults.time_passes import rate_limits_pass, retries_are_due
from tests.faults.trial import Trial, trial
from tests.faults.waiting import until
from tests.rows import Place, add_channel, add_message

FAMILY: Final = 9
MOST_ATTEMPTS: Final = 5
ACCEPTED: Final = 202
PASSING: Final = {"code": 131016, "http_status": 400}
"""Meta: Service unavailable, told as a clear no. Retried, as long as attempts are left."""
OTHER_NUMBER: Final = "106540352242999"

_POISON: Final = """
CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.wamid LIKE '%POISON%' THEN RAISE EXCEPTION 'this one raises every time'; END IF;
    RETURN NEW;
END $$
"""


def inbound_message_that_always_raises(system: System, scale: Scale, seed: int) -> Ledger:
    """One message of a webhook raises in processing: it ends failed, listed, replayable; its neighbours are stored."""
    with trial(system, "9  poison in the inbox", seed=seed, settle=scale.settle) as one:
        one.flows()
        poison = f"wamid.{one.label}POISON"
        neighbours = [f"wamid.{one.label}before", f"wamid.{one.label}after"]
        with _poisoned(system):
            body = inbound_body(neighbours[0], poison, neighbours[1])
            one.load.posts.until_acknowledged(body, [poison, *neighbours])
            event = until(lambda: _failed_event(one, scale), scale.settle, "the poison is listed as failed")
            one.flows()
            stored = how_many(system, "SELECT count(*) FROM messages WHERE wamid = ANY(%s)", neighbours)
            one.promise(stored == len(neighbours), "its neighbours are stored")
        one.promise(str(MOST_ATTEMPTS) in event["detail"], f"it tells how often it was tried: {event['detail']}")
        _replay(one, event["id"], poison)
    return one.ledger


def message_that_cannot_be_sent(system: System, scale: Scale, seed: int) -> Ledger:
    """A stored message whose content no call can be made of ends failed with its reason; the others are sent."""
    with trial(system, "9  poison in the outbox", seed=seed, settle=scale.settle) as one:
        one.tries_refusals = True
        one.flows()
        ids = [_spoiled_message(one, content) for content in ("[]", "{}", '{"type": "template"}', '"text"')]
        until(lambda: {status_of(system, one_id) for one_id in ids} == {"failed"}, 30, "the poison is failed")
        reasons = all_of(system, "SELECT error_title FROM messages WHERE id = ANY(%s::uuid[])", ids)
        one.promise(all(reason for (reason,) in reasons), f"each tells why: {reasons}")
        listed = {failed["id"] for failed in _listed_as_failed(one)}
        one.promise(set(ids) <= listed, f"each is listed: {listed}")
        one.flows()
    return one.ledger


def message_that_meta_refuses_every_time(system: System, scale: Scale, seed: int) -> Ledger:
    """A message whose every call is refused for a passing reason ends failed after its attempts, and can be sent again."""
    with trial(system, "9  a message refused every time", seed=seed, settle=scale.settle) as one:
        one.flows()
        asked = one.send_under("poison", {"fault": "error", "next": MOST_ATTEMPTS, **PASSING})
        until(lambda: _is_failed_in_the_end(one, asked), 60, "its attempts are spent")
        [shown] = [failed for failed in _listed_as_failed(one) if failed["id"] == asked.message_id]
        one.promise(shown["error"]["code"] == PASSING["code"], f"it tells why: {shown['error']}")
        attempts = how_many(system, "SELECT count(*) FROM attempts WHERE message_id = %s", asked.message_id)
        one.promise(attempts == MOST_ATTEMPTS, f"it was tried {MOST_ATTEMPTS} times; {attempts}")
        one.flows()
        one.promise(one.resend(asked), "it can be sent again")
        until(lambda: status_of(system, asked.message_id) == "read", 20, "sent again it arrives")
    return one.ledger


def channel_whose_token_cannot_be_read(system: System, scale: Scale, seed: int) -> Ledger:
    """Another tenant's channel has a token that no key decrypts: its messages wait visibly, everybody else's are sent."""
    rates = Rates(sends=25)
    with trial(system, "9  channel with an unreadable token", rates=rates, seed=seed, settle=scale.settle) as one:
        one.flows()
        poison = [_message_on_a_broken_channel(system) for _ in range(3)]
        one.flows()
        one.passes(scale.outage)
        one.flows()
        states = {status_of(system, str(message_id)) for message_id in poison}
        one.promise(states <= {"queued", "failed"}, f"its messages wait or are failed: {states}")
        one.promise(_is_shown(system), "the channel shows that it is paused")
        with system.database() as connection:
            connection.execute("DELETE FROM messages WHERE id = ANY(%s)", (poison,))
    one.promise_within(lambda: unrecorded_calls(system) == 0, 3, "nobody else's calls are left unrecorded")
    return one.ledger


@contextlib.contextmanager
def _poisoned(system: System) -> Iterator[None]:
    with system.database() as connection:
        connection.execute(_POISON)
        connection.execute("CREATE TRIGGER poison BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION poison()")
    try:
        yield
    finally:
        with system.database() as connection:
            connection.execute("DROP TRIGGER poison ON messages")


def _listed_as_failed(one: Trial) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = one.api.get("/v1/messages?status=failed")["data"]
    return listed


def _is_failed_in_the_end(one: Trial, asked: Asked) -> bool:
    rate_limits_pass(one.system)
    one.passes(0.3)  # longer than an attempt takes
    return status_of(one.system, asked.message_id) == "failed"


def _failed_event(one: Trial, scale: Scale) -> dict[str, Any] | None:
    retries_are_due(one.system, scale)
    one.passes(0.4)  # longer than an attempt takes
    events: list[dict[str, Any]] = one.api.get("/v1/events?state=failed")["data"]
    return events[0] if events else None


def _replay(one: Trial, event_id: str, wamid: str) -> None:
    answer = one.api.call("POST", f"/v1/events/{event_id}/replay")
    one.promise(answer is not None and answer.status_code == ACCEPTED, "it can be replayed")
    query = "SELECT count(*) FROM messages WHERE wamid = %s"
    until(lambda: how_many(one.system, query, wamid) == 1, 20, "the replayed message is stored")


def _spoiled_message(one: Trial, content: str) -> str:
    """Put a message with this content on the queue, as a bug of a former version might have."""
    engine = build_engine(one.system.postgres.url)
    with engine.begin() as connection:
        channel = connection.exec_driver_sql("SELECT tenant_id, id, phone_number_id FROM channels").one()
        message_id = add_message(connection, Place(*channel), content=content)
    engine.dispose()
    return str(message_id)


def _message_on_a_broken_channel(system: System) -> UUID:
    engine = build_engine(system.postgres.url)
    with engine.begin() as connection:
        found = connection.exec_driver_sql(
            "SELECT tenant_id, id, phone_number_id FROM channels WHERE phone_number_id = %s", (OTHER_NUMBER,)
        ).one_or_none()
        place = Place(*found) if found else add_channel(connection, "broken", OTHER_NUMBER, access_token="unreadable")
        message_id = add_message(connection, place)
    engine.dispose()
    return message_id


def _is_shown(system: System) -> bool:
    query = "SELECT count(*) FROM channels WHERE phone_number_id = %s AND paused_at IS NOT NULL"
    return how_many(system, query, OTHER_NUMBER) == 1


FAULTS: Final = tuple(
    Fault(FAMILY, run)
    for run in (
        inbound_message_that_always_raises,
        message_that_cannot_be_sent,
        message_that_meta_refuses_every_time,
        channel_whose_token_cannot_be_read,
    )
)
