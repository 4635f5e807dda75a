"""The listening port, which can be closed for a while so that connections are truly refused."""

import asyncio
import select
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
        self._server: asyncio.Server | None = None
        self._claim: socket.socket | None = None
        self._reopening: asyncio.Task[None] | None = None

    @web.middleware
    async def end_with_answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """End an open connection with its answer while the port is closed."""
        answer = await handler(request)
        if self._server is None:
            answer.force_close()
        return answer

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

    async def refuse_for(self, seconds: float) -> None:
        """Refuse new connections for some seconds; open ones end with their next answer: no call is cut short."""
        await self._accept_who_waits()
        self._close_port()
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

    async def _accept_who_waits(self) -> None:
        """To its caller a connection of the backlog is made; closing the port would reset it."""
        while self._server is not None and select.select(self._server.sockets, [], [], 0)[0]:
            await asyncio.sleep(0)

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
