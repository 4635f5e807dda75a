"""A worker's own /metrics, for deployments where no directory is shared with the web processes."""

import os

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector


def serve_metrics(port: int) -> None:
    """Serve the metrics of this worker and its children on `port`; 0: not at all."""
    if port and os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        start_http_server(port, registry=registry)
