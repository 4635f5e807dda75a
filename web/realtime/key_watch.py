"""Connections end with the key that opened them: looked at every few seconds, in one question for all."""

import asyncio
from collections import defaultdict
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from db.queries import api_keys
from observability.logging import get_logger
from web.api.database import Database, PostgresGoneError

EVERY_SECONDS = 10.0
"""As long as an API key may still be taken elsewhere after it was revoked (web.api.auth)."""
KEY_ENDED = 4401
"""The close code (RFC 6455, 7.4.2: 4000 to 4999 are an application's own): connecting again needs another key."""

log = get_logger(__name__)


class KeyWatch:
    """The connections of a process by their keys.

    Args:
        database: asked in threads.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connections: dict[UUID, set[ServerConnection]] = defaultdict(set)

    def add(self, key_id: UUID | None, connection: ServerConnection) -> None:
        """Watch a connection; one that came without a key has none that could end."""
        if key_id is not None:
            self._connections[key_id].add(connection)

    def remove(self, key_id: UUID | None, connection: ServerConnection) -> None:
        """Watch a connection no more."""
        if key_id is None:
            return
        self._connections[key_id].discard(connection)
        if not self._connections[key_id]:
            del self._connections[key_id]

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Close what is open with a key that ended; while Postgres is away nobody can tell, and all stay."""
        asked = list(self._connections)
        try:
            usable = await asyncio.to_thread(self._usable, asked)
        except (SQLAlchemyError, PostgresGoneError) as error:
            log.warning("live.keys_not_looked_at", error=type(error).__name__)
            return
        ended = [one for key_id in set(asked) - usable for one in self._connections.get(key_id, ())]
        await asyncio.gather(*(_close(one) for one in ended))
        if ended:
            log.info("live.keys_ended", connections=len(ended))

    def _usable(self, key_ids: list[UUID]) -> set[UUID]:
        if not key_ids:
            return set()
        with self._database.connect() as connection:
            return api_keys.usable(connection, key_ids)


async def _close(connection: ServerConnection) -> None:
    try:
        await connection.close(KEY_ENDED, "the key ended")
    except ConnectionClosed:
        return
