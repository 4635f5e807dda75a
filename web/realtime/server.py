"""The server: handshakes, what clients say, heartbeats, the end."""

import asyncio
import time
from collections import Counter
from contextlib import AbstractAsyncContextManager, suppress
from http import HTTPStatus
from uuid import UUID

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from settings import Settings
from web.api.auth import KeyRing
from web.api.database import Database
from web.realtime import frames
from web.realtime.doors import Doors, NotLetIn, Visitor
from web.realtime.feed import Feed, Listener
from web.realtime.frames import Said, WrongFrameError
from web.realtime.key_watch import KeyWatch
from web.realtime.presence import Attendance
from web.realtime.teller import Teller

LIVE = "/health/live"
HEARTBEAT_SECONDS = 25.0
"""Below the idle timeouts of proxies, which are a minute as a rule."""
MOST_OF_A_USER = 10
"""Connections of one user to one process: browser tabs and a reconnect that overtakes its predecessor's end."""
MOST_SAID_A_SECOND = 50
GOODBYE_SECONDS = 3.0
LONGEST_FRAME = 4_096
LONGEST_CONNECTION_SECONDS = 900.0
"""Then whoever listens proves again who they are: meanwhile a key was perhaps revoked, or a person switched off."""
CATCH_UP_SECONDS = 20.0
"""Whoever cannot take what it missed within this is cut off."""


class Realtime:
    """What one process serves.

    Args:
        settings: of this process.
        database: asked in threads.
        keys: API keys.
    """

    def __init__(self, settings: Settings, database: Database, keys: KeyRing) -> None:
        self._doors = Doors(settings, database, keys)
        self._teller = Teller(database)
        self._attendance = Attendance(database, self._teller.feeds)
        self._key_watch = KeyWatch(database)
        self._users: Counter[tuple[UUID, str]] = Counter()
        self._visitors: dict[ServerConnection, Visitor] = {}
        self._open: set[ServerConnection] = set()

    async def run(self, host: str, port: int, ended: asyncio.Event) -> None:
        """Serve until `ended`, then say goodbye: clients connect to another process and resume."""
        async with self._server(host, port) as server, asyncio.TaskGroup() as tasks:
            endless = (self._teller.run(), self._attendance.run(), self._key_watch.run(), self._beat())
            running = [tasks.create_task(one) for one in endless]
            await ended.wait()
            for task in running:
                task.cancel()
            await self._close(server)

    def _server(self, host: str, port: int) -> AbstractAsyncContextManager[Server]:
        """Frames are not compressed: contexts cost more memory than sockets."""
        return serve(
            self._listen,
            host,
            port,
            process_request=self._admit,
            compression=None,
            max_size=LONGEST_FRAME,
            max_queue=4,
            ping_interval=HEARTBEAT_SECONDS,
            ping_timeout=HEARTBEAT_SECONDS,
            close_timeout=2,
            server_header=None,
        )

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path == LIVE:
            return connection.respond(HTTPStatus.OK, "ok\n")
        try:
            visitor = await self._doors.admit(request)
            if self._users[visitor.tenant_id, visitor.user_id] >= MOST_OF_A_USER:
                raise NotLetIn(HTTPStatus.TOO_MANY_REQUESTS, f"A user has at most {MOST_OF_A_USER} connections.")
        except NotLetIn as refusal:
            return connection.respond(refusal.status, refusal.detail + "\n")
        self._visitors[connection] = visitor
        return None

    async def _listen(self, connection: ServerConnection) -> None:
        visitor = self._visitors.pop(connection)
        key = visitor.tenant_id, visitor.user_id
        self._users[key] += 1
        self._open.add(connection)
        self._key_watch.add(visitor.key_id, connection)
        try:
            with suppress(ConnectionClosed):
                await self._serve(connection, visitor)
        finally:
            self._open.discard(connection)
            self._key_watch.remove(visitor.key_id, connection)
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key]

    async def _serve(self, connection: ServerConnection, visitor: Visitor) -> None:
        listener = Listener(connection, visitor.user_id, 0, set(visitor.conversations))
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                feed = await self._teller.join(visitor.tenant_id, listener, visitor.after)
        except TimeoutError:
            connection.transport.abort()
            return
        try:
            await connection.send(frames.write("connected", sequence=listener.position, heartbeat=HEARTBEAT_SECONDS))
            async with asyncio.timeout(LONGEST_CONNECTION_SECONDS):
                await _obey(connection, feed, listener)
        except TimeoutError:
            await connection.close(CloseCode.GOING_AWAY, "connect again")
        finally:
            self._teller.leave(visitor.tenant_id, feed, listener)

    async def _close(self, server: Server) -> None:
        """Say goodbye to all; whoever does not answer is left behind."""
        server.close(code=CloseCode.GOING_AWAY)
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await server.wait_closed()
        except TimeoutError:
            for connection in self._open:
                connection.transport.abort()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for feed in self._teller.feeds.values():
                feed.beat()


async def _obey(connection: ServerConnection, feed: Feed, listener: Listener) -> None:
    """Do what a client says until it goes; who says too much at once is shown out."""
    second, said_in_it = int(time.monotonic()), 0
    async for frame in connection:
        now = int(time.monotonic())
        second, said_in_it = now, said_in_it + 1 if now == second else 1
        if said_in_it > MOST_SAID_A_SECOND:
            await connection.close(CloseCode.POLICY_VIOLATION, "too many frames")
            return
        try:
            answer = _answer(feed, listener, frames.read(frame))
        except WrongFrameError as wrong:
            answer = frames.write("error", code="not_understood", detail=str(wrong))
        await connection.send(answer)


def _answer(feed: Feed, listener: Listener, said: Said) -> str:
    if said.wish == "ping" or said.conversation is None:
        return frames.write("pong", sequence=feed.position)
    if said.wish == "unsubscribe_conversation":
        feed.unsubscribe(listener, said.conversation)
        return frames.write("unsubscribed", conversation_id=said.conversation)
    if not feed.subscribe(listener, said.conversation):
        return frames.write("error", code="too_many", detail='Too many conversations; subscribe to "*" instead.')
    return frames.write("subscribed", conversation_id=said.conversation, sequence=feed.position)
