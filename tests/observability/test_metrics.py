"""Metrics behind verbs: each verb counts what its name says."""

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY

from observability import metrics

COUNTERS: list[tuple[Callable[..., None], tuple[Any, ...], str, dict[str, str], float]] = [
    (metrics.record_webhook, ("unsigned",), "paperboy_webhooks_total", {"answer": "unsigned"}, 1),
    (metrics.record_group, (7, 2), "paperboy_webhook_group_size_sum", {}, 7),
    (metrics.record_group, (7, 2), "paperboy_webhooks_total", {"answer": "accepted"}, 5),
    (metrics.record_group, (7, 2), "paperboy_webhooks_total", {"answer": "accepted_unsigned"}, 2),
    (metrics.record_ring, ("send", "rung"), "paperboy_rings_total", {"queue": "send", "result": "rung"}, 1),
    (metrics.record_items, ("receipt", 3), "paperboy_webhook_items_total", {"kind": "receipt"}, 3),
    (metrics.record_lag, (2.5,), "paperboy_processing_lag_seconds_sum", {}, 2.5),
    (metrics.record_send, ("accepted", 0.3), "paperboy_sends_total", {"outcome": "accepted"}, 1),
    (metrics.record_send, ("accepted", 0.3), "paperboy_send_seconds_sum", {}, 0.3),
    (
        metrics.record_verdict,
        (131056, "retry_later"),
        "paperboy_send_errors_total",
        {"code": "131056", "verdict": "retry_later"},
        1,
    ),
    (
        metrics.record_verdict,
        (None, "retry"),
        "paperboy_send_errors_total",
        {"code": "None", "verdict": "retry"},
        1,
    ),
    (
        metrics.record_brake,
        ("channel_paused", 190),
        "paperboy_brakes_total",
        {"brake": "channel_paused", "code": "190"},
        1,
    ),
    (
        metrics.record_task,
        ("ingest.drain_inbox", "SUCCESS", 0.2),
        "paperboy_task_seconds_sum",
        {"task": "ingest.drain_inbox", "state": "SUCCESS"},
        0.2,
    ),
]


@pytest.mark.parametrize(
    ("verb", "arguments", "sample", "labels", "added"),
    COUNTERS,
    ids=[f"{row[0].__name__} {row[2]}" for row in COUNTERS],
)
def test_a_verb_moves_its_own_figure(
    verb: Callable[..., None], arguments: tuple[Any, ...], sample: str, labels: dict[str, str], added: float
) -> None:
    before = REGISTRY.get_sample_value(sample, labels) or 0.0
    verb(*arguments)
    assert REGISTRY.get_sample_value(sample, labels) == pytest.approx(before + added)


def test_every_verb_is_tried_here() -> None:
    verbs = {name for name in vars(metrics) if name.startswith("record_")}
    assert {row[0].__name__ for row in COUNTERS} == verbs


def test_clocks_that_disagree_give_no_negative_age() -> None:
    before = REGISTRY.get_sample_value("paperboy_processing_lag_seconds_sum") or 0.0
    metrics.record_lag(-5)
    assert REGISTRY.get_sample_value("paperboy_processing_lag_seconds_sum") == before


def test_no_label_takes_values_without_bound() -> None:
    bounded = {"answer", "queue", "result", "kind", "outcome", "code", "verdict", "brake", "task", "state", "le"}
    for family in REGISTRY.collect():
        if family.name.startswith("paperboy"):
            assert {label for sample in family.samples for label in sample.labels} <= bounded, family.name
