"""Who is connected to this process, told to the others through Postgres every few seconds."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from db.ids import new_id
from db.queries import live_presences
from db.queries.live_presences import Presence
from observability.logging import get_logger
from web.api.database import Database, PostgresGoneError
from web.realtime.feed import Feed

EVERY_SECONDS = 5.0

log = get_logger(__name__)


class Attendance:
    """Reports the listeners of feeds.

    Args:
        database: asked in threads.
        feeds: of this process.
    """

    def __init__(self, database: Database, feeds: Mapping[UUID, Feed]) -> None:
        self._database = database
        self._feeds = feeds
        self._process_id = new_id()

    async def run(self) -> None:
        """Report for ever."""
        while True:
            await self.report()
            await asyncio.sleep(EVERY_SECONDS)

    async def report(self) -> None:
        """Write who is connected now; while Postgres is away, nobody is told."""
        presences = [Presence(tenant_id, _users(feed)) for tenant_id, feed in self._feeds.items()]
        try:
            await asyncio.to_thread(self._write, presences)
        except (SQLAlchemyError, PostgresGoneError) as error:
            log.warning("live.presence_not_written", error=type(error).__name__)

    def _write(self, presences: list[Presence]) -> None:
        with self._database.connect() as connection:
            live_presences.report(connection, self._process_id, presences)


def _users(feed: Feed) -> dict[str, Any]:
    counts = Counter(one.user_id for one in feed.listeners)
    since: dict[str, str] = {}
    for one in sorted(feed.listeners, key=lambda listener: listener.since):
        since.setdefault(one.user_id, one.since.isoformat())
    return {user_id: {"connections": count, "since": since[user_id]} for user_id, count in counts.items()}
