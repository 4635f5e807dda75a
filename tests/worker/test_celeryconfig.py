"""Celery ignores a misspelt setting silently: each one that a promise rests on is looked up where Celery looks."""

import runpy
from collections.abc import Callable, Iterator
from typing import Any

import billiard.pool
import kombu.transport.redis
import pytest
from celery.app import defaults
from celery.exceptions import QueueNotFound
from kombu.utils.functional import retry_over_time

from embedded.processes import PROCESSES
from embedded.redis import Redis
from messaging.limits import DEFAULTS
from settings import get_settings
from tests.worker.conftest import ROOT
from worker.app import app
from worker.queues import BELLS, QUEUES, TASK_ROUTES, task_queues
from worker.schedule import BEAT_SCHEDULE

REASONS = [
    ("task_acks_late", False, "a worker that owes Redis an acknowledgement ends when Redis does"),
    ("worker_prefetch_multiplier", 1, "a busy worker must not sit on rings that another could answer"),
    ("task_ignore_result", True, "results are rows"),
    ("result_backend", None, "a result backend costs connections and memory"),
    ("task_serializer", "json", "pickle runs what it holds"),
    ("accept_content", ("json",), "pickle runs what it holds"),
    ("task_create_missing_queues", False, "a misspelt queue would fill up and nobody would read it"),
    ("worker_hijack_root_logger", False, "our own JSON lines"),
    ("worker_redirect_stdouts", False, "our own JSON lines"),
    ("worker_send_task_events", False, "events cost; -E turns them on where Flower watches"),
    ("broker_connection_retry_on_startup", True, "a worker may start before its broker"),
    ("worker_cancel_long_running_tasks_on_connection_loss", False, "a call to Meta must be recorded, not cut off"),
    ("broker_pool_limit", 40, "Flower's threads would wait for each other's connections for ever"),
    ("task_soft_time_limit", int(DEFAULTS.task_soft_seconds), "a task that hangs must end"),
    ("task_time_limit", int(DEFAULTS.task_hard_seconds), "a task that hangs must end"),
    ("task_default_queue", "housekeeping", "a task without a route must reach a worker"),
    ("worker_max_tasks_per_child", 5_000, "what a library leaks is given back, seldom enough to cost nothing"),
    (
        "worker_max_memory_per_child",
        250_000,
        "KiB: a child that grows ends between two tasks, not by the kernel's hand",
    ),
    (
        "worker_eta_task_limit",
        100,
        "waiting for later is what rows do; a flood of ETAs must not fill a worker's memory",
    ),
    ("worker_soft_shutdown_timeout", 20.0, "SIGQUIT, too, lets a running call be recorded"),
    ("worker_enable_soft_shutdown_on_idle", False, "an idle worker stops at once"),
    ("broker_pool_acquire_timeout", 5, "who finds no free connection fails and is rung for again; default: for ever"),
    ("task_publish_retry", True, "a connection that Redis closed meanwhile is replaced"),
    ("beat_max_loop_interval", 5, "beat looks at its schedule as often as the sweepers' ticks need"),
    ("beat_schedule", BEAT_SCHEDULE, "what every lost ring falls back on"),
    ("enable_utc", True, "one clock"),
    ("timezone", "UTC", "one clock"),
]
TESTED_ELSEWHERE = {
    "broker_url",
    "broker_transport_options",
    "include",
    "task_publish_retry_policy",
    "task_queues",
    "task_routes",
}
NOT_CELERYS = {"limits", "visibility_timeout"}
"""`visibility_timeout`: read by kombu beside the one in the transport options."""


@pytest.fixture
def config(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, Any]]]:
    """What celeryconfig.py says to a process with this environment."""

    def read(url: str | None = None, **environment: str) -> dict[str, Any]:
        for name, value in {"BROKER_URL": url or redis_server.url, **environment}.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        return runpy.run_path(str(ROOT / "celeryconfig.py"))

    yield read
    get_settings.cache_clear()


@pytest.fixture
def celery(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The app with its settings and every task."""
    monkeypatch.setenv("BROKER_URL", redis_server.url)
    get_settings.cache_clear()
    app.loader.import_default_modules()
    yield app
    get_settings.cache_clear()


def own_tasks(celery: Any) -> dict[str, Any]:
    return {name: task for name, task in celery.tasks.items() if not name.startswith("celery.")}


@pytest.mark.parametrize(("name", "value", "_reason"), REASONS, ids=[reason[0] for reason in REASONS])
def test_what_celery_uses_is_what_the_promises_need(celery: Any, name: str, value: object, _reason: str) -> None:
    assert celery.conf[name] == value


def test_every_setting_is_one_that_celery_knows(config: Callable[..., dict[str, Any]]) -> None:
    known = {key for key, _ in defaults.flatten(defaults.NAMESPACES)}
    given = {name for name in config() if name.islower() and not name.startswith("_")}
    imported = {"get_settings", "queues_for"}
    assert given - imported - NOT_CELERYS <= known


def test_redis_is_asked_with_time_limits_and_gives_a_task_out_again_only_after_its_hard_limit(celery: Any) -> None:
    options = celery.conf.broker_transport_options
    assert options["visibility_timeout"] > celery.conf.task_time_limit > celery.conf.task_soft_time_limit
    assert celery.conf.task_soft_time_limit > DEFAULTS.claiming_seconds + DEFAULTS.longest_call_seconds
    assert options["socket_connect_timeout"] <= options["socket_timeout"] <= 5
    assert options["socket_timeout"] > 1, "the BRPOP of kombu's takes 1 s"
    assert options["unacked_restore_interval"] * 10 < options["visibility_timeout"]
    assert options["global_keyprefix"], "two deployments on one Redis would take each other's rings"


TRANSPORT_REASONS = [
    ("visibility_timeout", int(DEFAULTS.visibility_seconds), "a running task is not given out again"),
    ("unacked_restore_interval", 5, "rings of a killed worker return in seconds; kombu's default scans every 100 s"),
    ("unacked_restore_throttle", 1, "one scan a second for all workers together"),
    ("socket_timeout", 5, "a frozen Redis is noticed; the default waits for ever"),
    ("socket_connect_timeout", 2, "a Redis that is away is noticed before a ring is missed"),
    ("socket_keepalive", True, "a Redis whose machine is gone closes nothing: the kernel has to ask"),
    ("max_connections", 20, "a leak shows as an error in one process instead of taking all of Redis's connections"),
    ("global_keyprefix", "paperboy:", "two deployments on one Redis would take each other's rings"),
]


@pytest.mark.parametrize(("name", "value", "_reason"), TRANSPORT_REASONS, ids=[row[0] for row in TRANSPORT_REASONS])
def test_what_kombu_uses_is_what_the_promises_need(celery: Any, name: str, value: object, _reason: str) -> None:
    with celery.connection_for_write() as connection:
        assert connection.transport_options[name] == value
    assert set(celery.conf.broker_transport_options) == {row[0] for row in TRANSPORT_REASONS}


def test_the_socket_limits_reach_redis(celery: Any, redis_url: str) -> None:
    with celery.connection_for_write(redis_url) as connection:
        pool = connection.default_channel.pool
        made = pool.connection_kwargs
        assert (made["socket_timeout"], made["socket_connect_timeout"], made["socket_keepalive"]) == (5, 2, True)
        assert pool.max_connections == 20


def test_a_channel_that_closes_because_redis_is_gone_does_not_end_its_worker(celery: Any) -> None:
    assert kombu.transport.redis.Channel.do_restore is False, "kombu 5.7 raises AttributeError while it puts rings back"
    assert billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT == 10, "else a stopping worker waits half a minute"


def test_every_setting_has_a_test_with_its_reason(config: Callable[..., dict[str, Any]]) -> None:
    given = {name for name in config() if name.islower() and not name.startswith("_")}
    tested = {name for name, _, _ in REASONS} | TESTED_ELSEWHERE
    assert given - {"get_settings", "queues_for"} - NOT_CELERYS - tested == set()


def test_a_worker_that_stops_has_time_for_its_running_task(celery: Any) -> None:
    assert celery.conf.worker_soft_shutdown_timeout >= DEFAULTS.claiming_seconds + DEFAULTS.graph_read_seconds


def test_rabbitmq_gets_quorum_queues_and_confirmed_publishes(config: Callable[..., dict[str, Any]]) -> None:
    given = config("amqp://guest:guest@localhost//")
    assert given["broker_transport_options"] == {"confirm_publish": True}
    for queue in given["task_queues"]:
        assert queue.queue_arguments == {"x-queue-type": "quorum"}
        assert queue.durable
        assert queue.exchange.durable


def test_a_changed_lease_moves_the_limits_that_hang_on_it(config: Callable[..., dict[str, Any]]) -> None:
    given = config()
    limits = get_settings().limits
    assert (given["task_soft_time_limit"], given["task_time_limit"]) == (
        int(limits.task_soft_seconds),
        int(limits.task_hard_seconds),
    )


def test_publishing_gives_up_soon(celery: Any) -> None:
    policy = celery.conf.task_publish_retry_policy
    slept: list[float] = []

    def fail() -> None:
        raise OSError

    with pytest.raises(OSError):
        retry_over_time(
            fail, OSError, callback=lambda: None, errback=lambda _e, pause, _n: slept.append(next(pause)) or 0, **policy
        )
    assert sum(slept) < 1


# --- nothing is forgotten ------------------------------------------------------------------------------------------


def test_every_task_has_a_name_of_its_own_with_its_queues_prefix(celery: Any) -> None:
    tasks = own_tasks(celery)
    assert tasks
    for name, task in tasks.items():
        assert f"{name.split('.')[0]}.*" in TASK_ROUTES, name
        assert name != f"{task.run.__module__}.{task.run.__name__}", "a moved function would lose its queued work"


def test_every_task_travels_in_a_queue_that_a_worker_reads(celery: Any) -> None:
    read = {queue for process in PROCESSES for queue in process.queues}
    for name in own_tasks(celery):
        queue = celery.amqp.router.route({}, name)["queue"]
        assert queue.name in QUEUES
        assert queue.name in read


def test_every_task_has_time_limits_and_owes_the_broker_nothing_while_it_runs(celery: Any) -> None:
    for name, task in own_tasks(celery).items():
        assert not task.acks_late, name
        assert task.ignore_result, name
        assert task.soft_time_limit or celery.conf.task_soft_time_limit, name
        assert task.time_limit or celery.conf.task_time_limit, name
        assert task.rate_limit is None, f"{name}: Celery's rate limits count per process and block what was prefetched"


def test_no_task_takes_arguments_so_that_no_message_can_carry_a_payload(celery: Any) -> None:
    for name, task in own_tasks(celery).items():
        assert task.run.__code__.co_argcount == 0, name


def test_a_misspelt_queue_fails_at_once(celery: Any) -> None:
    with pytest.raises(QueueNotFound):
        celery.send_task("ingest.drain_inbox", queue="ingset")


def test_a_worker_for_a_misspelt_queue_does_not_start(celery: Any) -> None:
    with pytest.raises(KeyError):
        celery.amqp.Queues(celery.conf.task_queues, create_missing=False).select(["ingset"])


def test_every_tick_of_beat_is_for_a_task_that_exists(celery: Any) -> None:
    for entry, tick in BEAT_SCHEDULE.items():
        assert tick["task"] in celery.tasks, entry
        assert tick["schedule"].total_seconds() > 0


def test_every_task_that_nobody_rings_for_has_a_tick(celery: Any) -> None:
    ticked = {tick["task"] for tick in BEAT_SCHEDULE.values()}
    assert {name for name in own_tasks(celery) if name.startswith(("housekeeping.", "lookups."))} == ticked


def test_every_bell_is_for_a_task_that_exists_and_travels_in_that_queue(celery: Any) -> None:
    for queue, task in BELLS.items():
        assert task in celery.tasks
        assert celery.amqp.router.route({}, task)["queue"].name == queue


def test_no_two_queues_share_an_exchange_so_that_a_ring_reaches_only_its_own() -> None:
    for url in ("redis://x", "amqp://x"):
        queues = task_queues(url)
        assert len({queue.exchange.name for queue in queues}) == len(queues) == len(QUEUES)
        assert all(queue.exchange.name == queue.routing_key == queue.name for queue in queues)
