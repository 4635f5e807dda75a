"""The environment of the broken system's processes: nothing of the developer's own configuration reaches them."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from db.api_keys import new_key
from embedded.environment import Stores
from embedded.kept_secrets import encryption_key
from embedded.ports import free_port
from settings import Settings

ROOT = Path(__file__).parent.parent.parent

OF_THE_SUITE: Mapping[str, str] = {
    "GRAPH_READ_TIMEOUT_SECONDS": "1.5",  # a lost answer is noticed after this
    "SEND_LEASE_SECONDS": "17",  # the least that goes with this read timeout (messaging.limits)
    "INGEST_LEASE_SECONDS": "25",
    "UNKNOWN_SILENCE_SECONDS": "17",
    "THROUGHPUT_PER_SECOND": "500",  # pacing is not what is broken here
    "API_RATE_LIMIT": "100000/second",
    "WEB_WORKERS": "2",
    "WORKER_CONCURRENCY": "2",
}


def build(directory: Path, stores: Stores, overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of the processes, with new secrets and free ports.

    A `.env` in the checkout or WHATSAPP_… in the shell could name a real number: neither is passed on, and the
    processes run in `directory`.

    Args:
        directory: the system's own, existing one.
        stores: running ones.
        overrides: settings that win over OF_THE_SUITE.
    """
    metrics = directory / "metrics"
    metrics.mkdir(exist_ok=True)
    web, simulator = free_port(), free_port()
    return {
        **_without_settings(os.environ),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
        "DATABASE_URL": stores.database_url,
        "BROKER_URL": stores.broker_url,
        "REDIS_URL": stores.redis_url,
        "DATA_DIR": str(directory),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "BIND_HOST": "127.0.0.1",
        "PORT": str(web),
        "SIMULATOR_PORT": str(simulator),
        "PUBLIC_URL": f"http://127.0.0.1:{web}",
        "BOOTSTRAP_API_KEY": new_key(),
        "WHATSAPP_ENCRYPTION_KEY": encryption_key(),
        **OF_THE_SUITE,
        **overrides,
    }


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    names = {name.upper() for name in Settings.model_fields} | {"WHATSAPP_WEBHOOK_VERIFY_TOKEN"}
    return {
        name: value
        for name, value in environment.items()
        if name not in names and not name.startswith(("SIMULATOR_", "PYTEST_", "CELERY_"))
    }
