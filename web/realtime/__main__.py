"""`python -m web.realtime`: the WebSocket process."""

import asyncio
import resource
import signal
import sys

from observability.logging import configure_logging, get_logger
from settings import ConfigurationError, Settings, get_settings
from web.api.auth import KeyRing
from web.api.database import Database
from web.api.last_use import LastUse
from web.realtime.server import Realtime

log = get_logger(__name__)


def main() -> None:
    """Serve until SIGTERM or SIGINT, or end with one clear line and exit code 1."""
    try:
        settings = get_settings()
        configure_logging(settings.env)
        settings.database  # noqa: B018 - raises when it is absent
    except ConfigurationError as error:
        print(f"realtime: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    _allow_many_sockets()
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    ended = asyncio.Event()
    for stop in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(stop, ended.set)
    database = Database(settings.database)
    realtime = Realtime(settings, database, KeyRing(database, LastUse(settings.database)))
    log.info("live.started", port=settings.realtime_port)
    await realtime.run(settings.bind_host, settings.realtime_port, ended)
    database.close()
    log.info("live.ended")


def _allow_many_sockets() -> None:
    """A socket is an open file, and the usual soft limit is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main()
