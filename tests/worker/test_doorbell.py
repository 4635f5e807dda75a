"""The doorbell: beside the request, coalesced, and nobody's trouble when Redis is."""

import base64
import json
import signal
from collections.abc import Callable

import pytest

from embedded.ports import free_port
from embedded.redis import Redis
from tests.waiting import wait_for
from tests.worker.conftest import Broker, Ringer
from worker.doorbell import ENOUGH_RINGS, LOOK_EVERY
from worker.queues import BELLS, QUEUES

AT_ONCE_MS = 100
"""Far above a lock that is free, far below any time limit of a broker's client."""

StartRinger = Callable[[str], Ringer]


def test_a_ring_reaches_its_own_queue_and_no_other(ringer: Ringer, broker: Broker) -> None:
    for rung, queue in enumerate(BELLS, 1):
        ringer("ring", queue, 1)
        wait_for(lambda queue=queue: broker.length(queue))
        assert sum(broker.lengths().values()) == rung
    assert {queue: broker.length(queue) for queue in QUEUES} == dict.fromkeys(QUEUES, 1)


def test_each_queue_has_an_exchange_of_its_own(ringer: Ringer, broker: Broker) -> None:
    for queue in BELLS:
        ringer("ring", queue, 1)
    for queue in BELLS:
        wait_for(lambda queue=queue: broker.length(queue))
        bound = broker.client.smembers(f"paperboy:_kombu.binding.{queue}")
        assert {entry.split(b"\x06\x16")[2] for entry in bound} == {queue.encode()}  # type: ignore[union-attr]


def test_many_rings_at_once_are_one_or_two_messages(ringer: Ringer, broker: Broker) -> None:
    ringer("ring", "ingest", 1000)
    ringer("ring", "send", 1)  # published after the last of them
    wait_for(lambda: broker.length("send"))
    assert 1 <= broker.length("ingest") <= 2


def test_a_ring_holds_a_tasks_name_and_a_request_id_and_nothing_else(ringer: Ringer, broker: Broker) -> None:
    ringer("ring", "send", 1, "request-of-an-invoice")
    wait_for(lambda: broker.length("send"))
    (message,) = broker.messages("send")
    assert (message["headers"]["task"], message["content-type"]) == (BELLS["send"], "application/json")
    assert message["headers"]["request_id"] == "request-of-an-invoice"
    arguments, named, _ = json.loads(base64.b64decode(message["body"]))
    assert (arguments, named) == ([], {})
    assert message["headers"]["expires"] is None, "a worker whose clock is ahead would throw every ring away"


def test_a_forked_child_rings_by_itself(ringer: Ringer, broker: Broker) -> None:
    ringer("ring", "ingest", 1)
    wait_for(lambda: broker.length("ingest"))
    assert ringer("fork", "send")["raised"] is None
    wait_for(lambda: broker.length("send"))
    ringer("ring", "ingest", 1)
    wait_for(lambda: broker.length("ingest") == 2)


def test_rings_that_nobody_takes_do_not_pile_up_and_go_on_once_they_are_taken(ringer: Ringer, broker: Broker) -> None:
    ringer("hurry")
    most = ENOUGH_RINGS + LOOK_EVERY
    while broker.length("ingest") < ENOUGH_RINGS:
        ringer("ring", "ingest", 1)
    for _ in range(4 * most):
        ringer("ring", "ingest", 1)
    assert broker.length("ingest") <= most
    broker.client.delete("paperboy:ingest")
    ringer("ring", "ingest", 1)
    wait_for(lambda: broker.length("ingest"))


def test_rings_that_come_while_another_is_taken_do_not_end_the_bell(ringer: Ringer, broker: Broker) -> None:
    ringer("hurry")
    ringer("crowd", "ingest")
    wait_for(lambda: broker.length("ingest"))
    broker.client.delete("paperboy:ingest")
    ringer("ring", "ingest", 1)
    wait_for(lambda: broker.length("ingest"))


def assert_nobody_waits(ringer: Ringer) -> None:
    for queue in BELLS:
        told = ringer("ring", queue, 200)
        assert told["raised"] is None
        assert told["slowest_ms"] < AT_ONCE_MS


def test_while_redis_refuses_nobody_waits_and_nothing_is_raised(start_ringer: StartRinger) -> None:
    assert_nobody_waits(start_ringer(f"redis://127.0.0.1:{free_port()}/0"))


@pytest.mark.parametrize("url", ["redis://no-such-host.invalid/0", "amqp://127.0.0.1:1//", "nonsense://x"])
def test_whatever_is_wrong_with_the_address_nobody_waits(start_ringer: StartRinger, url: str) -> None:
    assert_nobody_waits(start_ringer(url))


def test_while_redis_is_frozen_nobody_waits_and_rings_come_through_once_it_goes_on(
    start_ringer: StartRinger, own_redis: Redis
) -> None:
    broker, ringer = Broker(own_redis.url), start_ringer(own_redis.url)
    ringer("ring", "ingest", 1)
    wait_for(lambda: broker.length("ingest"))
    assert own_redis.process is not None
    own_redis.process.send_signal(signal.SIGSTOP)
    try:
        assert_nobody_waits(ringer)
    finally:
        own_redis.process.send_signal(signal.SIGCONT)
    wait_for(lambda: broker.length("send"))
    broker.client.close()


def test_a_redis_that_was_flushed_is_rung_again(ringer: Ringer, broker: Broker) -> None:
    ringer("ring", "ingest", 1)
    wait_for(lambda: broker.length("ingest"))
    broker.client.flushall()
    wait_for(lambda: ringer("ring", "ingest", 1) and broker.length("ingest"))


def test_a_redis_that_was_killed_and_came_back_empty_is_rung_again(start_ringer: StartRinger, own_redis: Redis) -> None:
    ringer = start_ringer(own_redis.url)
    before = Broker(own_redis.url)
    before.client.set("before", 1)
    ringer("ring", "ingest", 1)
    wait_for(lambda: before.length("ingest"))
    own_redis.kill()
    assert_nobody_waits(ringer)
    again = Redis(own_redis.data_dir, port=own_redis.port, appendonly=False)
    again.start()
    try:
        after = Broker(again.url)
        assert not after.client.exists("before")
        wait_for(lambda: ringer("ring", "ingest", 1) and after.length("ingest"))
        after.client.close()
        before.client.close()
    finally:
        again.kill()
