"""The listening port, which can be closed for a while so that connections are truly refused."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from simulator.options import Options

BACKLOG: Final = 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Listener:
    """Opens the port for an application's connections; refuse_for() closes it for a time."""

    def __init__(self, options: Options) -> None:
        self._host = options.host
        self.port = options.port
        self._answering: set[web.RequestHandler] = set()
        self._server: asyncio.Server | None = None
        self._claim: socket.socket | None = None
        self._reopening: asyncio.Task[None] | None = None

    @web.middleware
    async def follow(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Know which connections are in the middle of a call."""
        self._answering.add(request.protocol)
        try:
            return await handler(request)
        finally:
            self._answering.discard(request.protocol)

    async def open(self, runner: web.AppRunner) -> None:
        """Listen. Raises OSError when the address is taken or not ours."""
        assert runner.server is not None
        self._connections = runner.server
        await self._claim_port()
        await self._listen()

    def close(self) -> None:
        """Stop listening for good."""
        self._close_port()
        if self._claim is not None:
            self._claim.close()

    def refuse_for(self, seconds: float) -> None:
        """Refuse new connections for some seconds; end idle ones at once, the others after their answer."""
        self._close_port()
        for connection in self._connections.connections:
            if connection in self._answering:
                connection.close()
            else:
                connection.force_close()
        self._reopening = asyncio.get_running_loop().create_task(self._reopen(seconds))

    async def _claim_port(self) -> None:
        """Bind without listening, so that nobody else is given the port while it is closed."""
        found = await asyncio.get_running_loop().getaddrinfo(self._host, self.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        self._claim = socket.socket(family, kind, protocol)
        self._claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._claim.bind(address)
        self.port = self._claim.getsockname()[1]

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connections, self._host, self.port, backlog=BACKLOG)

    def _close_port(self) -> None:
        if self._reopening is not None:
            self._reopening.cancel()
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _reopen(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._listen()


LISTENER: Final = web.AppKey("listener", Listener)
