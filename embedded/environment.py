"""What the child processes find in their environment."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from db.api_keys import new_key
from embedded.kept_secrets import encryption_key, keep, kept_secret
from settings import DATABASE_URL_FILE, ENCRYPTION_KEY_FILE, Settings

ROOT = Path(__file__).parent.parent
EVERY_INTERFACE = ("0.0.0.0", "::")


@dataclass(frozen=True)
class Stores:
    """Addresses of Postgres, Celery's broker and Redis."""

    database_url: str
    broker_url: str
    redis_url: str


def reachable_host(bind_host: str) -> str:
    """Return the address at which this machine reaches what listens on `bind_host`."""
    return "127.0.0.1" if bind_host in EVERY_INTERFACE else bind_host


def local_url(settings: Settings, port: int) -> str:
    """Return the address of a server of ours on `port` as seen from this machine."""
    host = reachable_host(settings.bind_host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def api_key(settings: Settings) -> str:
    """Return BOOTSTRAP_API_KEY, or the key kept in DATA_DIR, made the first time."""
    if settings.bootstrap_api_key is not None:
        return settings.bootstrap_api_key.get_secret_value()
    return kept_secret(api_key_file(settings), new_key)


def api_key_file(settings: Settings) -> Path:
    """Where the generated API key is kept."""
    return settings.data_dir / "api_key"


def build_environment(settings: Settings, stores: Stores) -> dict[str, str]:
    """Return the whole environment for the child processes: this one's, and what they need.

    Makes the secrets and directories in DATA_DIR that are not there yet, and empties the metrics of the last run.

    Args:
        settings: with an absolute `data_dir`.
        stores: given or started.
    """
    (settings.data_dir / "beat").mkdir(exist_ok=True)
    if settings.database_url is None:
        keep(settings.data_dir / DATABASE_URL_FILE, stores.database_url)
    return {
        **_inherited(),
        **_given(settings),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "GRANIAN_LOG_CONFIG": str(ROOT / "observability" / "granian.json"),
        "DATABASE_URL": stores.database_url,
        "BROKER_URL": stores.broker_url,
        "REDIS_URL": stores.redis_url,
        "DATA_DIR": str(settings.data_dir),
        "PROMETHEUS_MULTIPROC_DIR": str(_empty_directory(settings.data_dir / "metrics")),
        "PUBLIC_URL": settings.public_url or local_url(settings, settings.port),
        "BOOTSTRAP_API_KEY": api_key(settings),
        "WHATSAPP_ENCRYPTION_KEY": _encryption_keys(settings),
    }


def _inherited() -> dict[str, str]:
    """Flower takes an empty password for one that nobody knows."""
    return {name: value for name, value in os.environ.items() if (name, value) != ("FLOWER_BASIC_AUTH", "")}


def _given(settings: Settings) -> Mapping[str, str]:
    """Variables that command lines and programs other than ours read; `.env` is not in their environment."""
    password = settings.flower_basic_auth
    return {
        "BIND_HOST": settings.bind_host,
        "PORT": str(settings.port),
        "REALTIME_PORT": str(settings.realtime_port),
        "SIMULATOR_PORT": str(settings.simulator_port),
        "FLOWER_PORT": str(settings.flower_port),
        "WEB_WORKERS": str(settings.web_workers),
        "WORKER_CONCURRENCY": str(settings.worker_concurrency),
        **({"FLOWER_BASIC_AUTH": password.get_secret_value()} if password else {}),
    }


def _encryption_keys(settings: Settings) -> str:
    if settings.encryption_keys:
        return ",".join(settings.encryption_keys)
    return kept_secret(settings.data_dir / ENCRYPTION_KEY_FILE, encryption_key)


def _empty_directory(directory: Path) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return directory
