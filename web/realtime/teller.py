"""The loop that numbers events and tells them, and lets a listener catch up with what it missed.

Postgres going away stops nothing but the telling: every feed knows how far it was told, and goes on from there.
"""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from db.queries import live_events
from db.queries.live_events import NumberedEvent
from observability.logging import get_logger
from web.api.database import Database, PostgresGoneError
from web.realtime import frames
from web.realtime.feed import Feed, Listener

LOOK_EVERY_SECONDS = 0.02
"""Half of it is what an event waits on average. NOTIFY would tell at once, but every commit that notifies waits for
every other (docs/decisions.md)."""
LOOK_UNHEARD_SECONDS = 1.0
"""While nobody listens, events are only numbered, so that the first listener does not wait for a backlog."""
AFTER_TROUBLE_SECONDS = 0.5
CHUNK = 1_000
MOST_MISSED = 10_000
"""Whoever missed more reads the API anew, which is quicker than being told one by one."""

log = get_logger(__name__)


class Teller:
    """Tells the tenants' events to their feeds.

    Args:
        database: asked in threads.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.feeds: dict[UUID, Feed] = {}

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            started = time.monotonic()
            try:
                await self.tell_once()
                rhythm = LOOK_EVERY_SECONDS if self.feeds else LOOK_UNHEARD_SECONDS
                await asyncio.sleep(max(0.0, started + rhythm - time.monotonic()))
            except (SQLAlchemyError, PostgresGoneError) as error:
                log.warning("live.not_told", error=type(error).__name__)
                await asyncio.sleep(AFTER_TROUBLE_SECONDS)

    async def tell_once(self) -> None:
        """Number what became visible, and tell each feed what it was not told."""
        behind = {tenant_id: feed.position for tenant_id, feed in self.feeds.items()}
        for tenant_id, events in (await asyncio.to_thread(self._news, behind)).items():
            feed = self.feeds.get(tenant_id)
            if feed is not None:
                feed.tell(events)

    async def join(self, tenant_id: UUID, listener: Listener, after: int | None) -> Feed:
        """Tell a listener what it missed, then all that comes; nothing is left out between the two."""
        feed = self.feeds.get(tenant_id)
        if feed is None:
            latest = await asyncio.to_thread(self._latest, tenant_id)
            feed = self.feeds.setdefault(tenant_id, Feed(latest))
        feed.expected += 1
        try:
            await self._bring_up_to_date(tenant_id, feed, listener, after)
        except BaseException:
            self.leave(tenant_id, feed, listener)
            raise
        feed.join(listener)
        return feed

    def leave(self, tenant_id: UUID, feed: Feed, listener: Listener) -> None:
        """Tell a listener nothing more; the last one of a tenant ends its feed."""
        feed.leave(listener)
        feed.expected -= 1
        if not feed.expected:
            del self.feeds[tenant_id]

    async def _bring_up_to_date(self, tenant_id: UUID, feed: Feed, listener: Listener, after: int | None) -> None:
        listener.position = feed.position if after is None else after
        if feed.position - listener.position > MOST_MISSED or await self._was_never(tenant_id, feed, listener):
            await self._start_anew(feed, listener)
        while listener.position < feed.position:
            await self._catch_up(tenant_id, feed, listener)

    async def _was_never(self, tenant_id: UUID, feed: Feed, listener: Listener) -> bool:
        """Another process may have told more than this one; what Postgres does not know either was never told."""
        if listener.position <= feed.position:
            return False
        return listener.position > await asyncio.to_thread(self._latest, tenant_id)

    async def _catch_up(self, tenant_id: UUID, feed: Feed, listener: Listener) -> None:
        missed = await asyncio.to_thread(self._since, tenant_id, listener.position)
        if not missed or missed[0].sequence != listener.position + 1:
            await self._start_anew(feed, listener)
            return
        for event in missed:
            if event.sequence <= feed.position:
                if listener.wants(event):
                    await listener.connection.send(frames.event(event))
                listener.position = event.sequence

    async def _start_anew(self, feed: Feed, listener: Listener) -> None:
        """What it missed is no longer there, or too much: it has to ask the API for what it shows."""
        listener.position = feed.position
        await listener.connection.send(frames.write("resync", sequence=feed.position))

    def _news(self, behind: dict[UUID, int]) -> dict[UUID, Sequence[NumberedEvent]]:
        with self._database.connect() as connection:
            is_news = live_events.has_unnumbered(connection)
        if is_news:
            with self._database.transaction() as connection:
                live_events.number(connection)
        if not behind:
            return {}
        with self._database.connect() as connection:
            latest = live_events.positions(connection, behind)
            return {
                tenant_id: live_events.since(connection, tenant_id, behind[tenant_id], CHUNK)
                for tenant_id, position in latest.items()
                if position > behind[tenant_id]
            }

    def _latest(self, tenant_id: UUID) -> int:
        with self._database.connect() as connection:
            return live_events.latest(connection, tenant_id)

    def _since(self, tenant_id: UUID, position: int) -> list[NumberedEvent]:
        with self._database.connect() as connection:
            return live_events.since(connection, tenant_id, position, CHUNK)
