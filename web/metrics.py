"""/metrics: what the processes counted, and what only the rows know."""

import os
from collections.abc import Iterator

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector
from sqlalchemy.exc import SQLAlchemyError

from db.engine import WEB_TIMEOUTS, get_engine
from db.queries import inbox, outbox
from db.queries.channel_credentials import token_lives
from db.queries.channels import paused_channels
from web.within import within

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus's text format. Nothing secret or personal is in it; keep it off the public side all the same."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)
    else:
        registry.register(REGISTRY)
    registry.register(_Rows())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Rows(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("paperboy_postgres_up", "1 when Postgres answered this scrape")
        try:
            yield from within(_row_metrics)
            up.add_metric([], 1)
        except (SQLAlchemyError, TimeoutError):
            up.add_metric([], 0)
        yield up


def _row_metrics() -> list[GaugeMetricFamily]:
    with get_engine(options=WEB_TIMEOUTS).connect() as connection:
        waiting = inbox.backlog(connection)
        sends = outbox.backlog(connection)
        paused = paused_channels(connection)
        tokens = token_lives(connection)
    depth = GaugeMetricFamily("paperboy_inbox_rows", "Webhooks that wait to be processed", value=waiting.depth)
    oldest = GaugeMetricFamily(
        "paperboy_inbox_oldest_seconds", "Age of the oldest webhook that waits", value=waiting.oldest_seconds
    )
    queue = GaugeMetricFamily("paperboy_outbox_rows", "Messages that Meta has not accepted yet", labels=["state"])
    due = GaugeMetricFamily("paperboy_outbox_overdue_seconds", "How long the oldest has been due", labels=["state"])
    for state in sends:
        queue.add_metric([state.state], state.count)
        due.add_metric([state.state], max(state.overdue_seconds, 0))
    channels = GaugeMetricFamily(
        "paperboy_channel_paused", "1 for each paused channel", labels=["phone_number_id", "code"]
    )
    for channel in paused:
        channels.add_metric([channel.phone_number_id, str(channel.code)], 1)
    valid = GaugeMetricFamily("paperboy_token_valid", "1 when Meta takes the access token", labels=["phone_number_id"])
    left = GaugeMetricFamily(
        "paperboy_token_days_left", "Days until the access token expires", labels=["phone_number_id"]
    )
    for token in tokens:
        valid.add_metric([token.phone_number_id], int(token.is_valid))
        if token.days_left is not None:
            left.add_metric([token.phone_number_id], max(token.days_left, 0))
    return [depth, oldest, queue, due, channels, valid, left]
